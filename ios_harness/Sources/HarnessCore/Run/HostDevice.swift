import Foundation

#if canImport(Darwin)
  import Darwin
#endif

/// The computer that a tool or a test runs on, in place of a phone. Nothing that is timed here is a phone's time: whoever
/// uses it says `test` in the job's request.
public struct HostDevice: Device {
  private static let unseen = "nobody looks at it on a computer that stands in for a phone"

  public init() {}

  public func facts() -> (part: DevicePart, unknown: [String: String]) {
    let system = ProcessInfo.processInfo
    let part = DevicePart(
      maker: nil,
      model: nil,
      soc: nil,
      cpu: nil,
      cpuFeatures: nil,
      cores: system.activeProcessorCount,
      memoryBytes: Int(clamping: system.physicalMemory),
      os: Texts.printable(system.operatingSystemVersionString, longest: 100),
      machine: Self.machine,
      isSimulator: false
    )
    let names = ["maker", "model", "soc", "cpu", "cpu_features", "machine"]
    return (part, Dictionary(uniqueKeysWithValues: names.map { ($0, Self.unseen) }))
  }

  public func state() -> (part: StatePart, unknown: [String: String]) {
    let part = StatePart(
      at: Moment.text(Date()),
      power: nil,
      batteryC: nil,
      thermal: nil,
      isLowPower: nil,
      isForeground: nil,
      busyCores: nil,
      load1Min: nil,
      frequencyShare: nil,
      governor: nil
    )
    let names = [
      "power", "battery_c", "thermal", "low_power", "foreground", "busy_cores", "load_1min", "frequency_share",
      "governor",
    ]
    return (part, Dictionary(uniqueKeysWithValues: names.map { ($0, Self.unseen) }))
  }

  public func readiness() -> Readiness { Readiness(isReady: true, message: "") }

  public let memoryMetric = "rss"

  public func memoryBytes() -> Known<Int> { Self.status("VmRSS") }

  public func peakMemoryBytes() -> Known<Int> { Self.status("VmHWM") }

  public func cpuMs() -> Known<Double> {
    .of(Double(Ticks.read(CLOCK_PROCESS_CPUTIME_ID)) / 1e6)
  }

  public func waitedMs() -> Known<Double> { .unknown(Self.unseen) }

  public var isDebugBuild: Bool {
    #if DEBUG
      return true
    #else
      return false
    #endif
  }

  public func hasDebugger() -> Bool {
    #if canImport(Darwin)
      var name = [CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid()]
      var found = kinfo_proc()
      var size = MemoryLayout<kinfo_proc>.size
      return sysctl(&name, 4, &found, &size, nil, 0) == 0 && found.kp_proc.p_flag & P_TRACED != 0
    #else
      return Self.line("TracerPid").map { $0 != "0" } ?? false
    #endif
  }

  public func decode(_ photo: URL) throws -> Picture {
    throw CannotRun("no photo is decoded on a computer that stands in for a phone")
  }

  /// A size of /proc/self/status, where the system has that.
  private static func status(_ name: String) -> Known<Int> {
    guard let line = line(name), let kib = line.split(separator: " ").first.flatMap({ Int($0) }) else {
      return .unknown(unseen)
    }
    return .of(kib << 10)
  }

  private static func line(_ name: String) -> String? {
    guard let said = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    let found = said.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return found?.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
  }

  private static var machine: String? {
    #if arch(arm64)
      return "arm64"
    #elseif arch(x86_64)
      return "x86_64"
    #else
      return nil
    #endif
  }
}
