#if canImport(CoreML) && canImport(UIKit)
  import Foundation
  import HarnessCore

  /// This iPhone or iPad, by what iOS lets an app see of it.
  public struct AppleDevice: Device {
    private let watch: DeviceWatch
    private static let closed = "iOS does not let an app see what the other processes do"

    public init(watch: DeviceWatch) { self.watch = watch }

    public func facts() -> (part: DevicePart, unknown: [String: String]) {
      let process = ProcessInfo.processInfo
      let model = Kernel.machine()
      let family = Kernel.number("hw.cpufamily")
      let features = AppleFeatures.present()
      let part = DevicePart(
        maker: "Apple",
        model: model,
        soc: nil,
        cpu: family.map { "family 0x" + String($0, radix: 16) },
        cpuFeatures: features.isEmpty ? nil : features,
        cores: process.activeProcessorCount,
        memoryBytes: Int(clamping: process.physicalMemory),
        os: AppleSystem.name,
        machine: Self.instructionSet,
        isSimulator: AppleSystem.isSimulator
      )
      let why = [
        "soc": "iOS does not say it",
        "model": "iOS does not say it",
        "cpu": "iOS does not say it",
        "cpu_features": "iOS does not say any",
      ]
      let missing: [String: Bool] = [
        "soc": true, "model": model == nil, "cpu": family == nil, "cpu_features": features.isEmpty,
      ]
      return (part, why.filter { missing[$0.key] == true })
    }

    public func state() -> (part: StatePart, unknown: [String: String]) {
      let seen = watch.seen
      let thermal = Heat.word(thermalState: ProcessInfo.processInfo.thermalState.rawValue)
      let part = StatePart(
        at: Self.moment(Date()),
        power: seen.power,
        batteryC: nil,
        thermal: thermal,
        isLowPower: ProcessInfo.processInfo.isLowPowerModeEnabled,
        isForeground: seen.isActive,
        busyCores: nil,
        load1Min: nil,
        frequencyShare: nil,
        governor: nil
      )
      var unknown = [
        "battery_c": "iOS does not let an app see the battery's temperature",
        "busy_cores": Self.closed,
        "load_1min": Self.closed,
        "frequency_share": "iOS does not let an app see the processor's clock",
        "governor": "iOS does not let an app see it",
      ]
      if seen.power == nil { unknown["power"] = "iOS does not say the battery's state" }
      if thermal == nil { unknown["thermal"] = "iOS says a word that this app does not know" }
      return (part, unknown)
    }

    public func readiness() -> Readiness {
      let seen = watch.seen
      if !seen.isUnlocked { return Readiness(isReady: false, message: "the screen is locked; unlock it") }
      if !seen.isActive {
        return Readiness(isReady: false, message: "the app is not in front; bring it there and leave it")
      }
      return Readiness(isReady: true, message: "")
    }

    /// How full the battery is, 0 to 1; nil where iOS does not say, as on a simulator.
    public var batteryLevel: Double? { watch.seen.batteryLevel }

    public let memoryMetric = "phys_footprint"

    public func memoryBytes() -> Known<Int> { Kernel.footprint().now }

    public func peakMemoryBytes() -> Known<Int> { Kernel.footprint().peak }

    public func cpuMs() -> Known<Double> { Kernel.cpuMs() }

    public func waitedMs() -> Known<Double> { .unknown("iOS does not say how long threads waited for a processor") }

    /// Of the build itself, not of a file beside it: what the compiler left in.
    public var isDebugBuild: Bool {
      #if DEBUG
        return true
      #else
        return BuildFacts.hasAssertions
      #endif
    }

    public func hasDebugger() -> Bool { Kernel.isTraced() }

    public func decode(_ photo: URL) throws -> Picture { try PhotoDecoder.decode(photo) }

    private static func moment(_ date: Date) -> String {
      Date.ISO8601FormatStyle(includingFractionalSeconds: false).format(date)
    }

    private static var instructionSet: String {
      #if arch(arm64)
        return "arm64"
      #else
        return "x86_64"
      #endif
    }
  }

  /// How this library was compiled.
  enum BuildFacts {
    /// `assert` runs its condition in an unoptimised build alone.
    static let hasAssertions: Bool = {
      var ran = false
      assert(
        {
          ran = true
          return true
        }())
      return ran
    }()
  }

  /// Instructions that matter to networks, by the names that Apple documents and the processors that have them.
  enum AppleFeatures {
    private static let names = ["FP16", "DotProd", "I8MM", "BF16", "SME", "SME2"]

    static func present() -> [String] { names.filter { Kernel.number("hw.optional.arm.FEAT_\($0)") == 1 } }
  }
#endif
