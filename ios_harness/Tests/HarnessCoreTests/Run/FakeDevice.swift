import Foundation

@testable import HarnessCore

/// A device that is made up; what it says can be changed while it is used.
final class FakeDevice: Device, @unchecked Sendable {
  private static let silent = "this device is made up"

  var isReady: () -> Bool = { true }
  var left: () -> Int = { 0 }
  var batteryC: () -> Double? = { nil }
  var thermal: () -> String = { "" }
  var peak: () -> Int = { 60_000_000 }
  var isDebugged: () -> Bool = { false }
  var isDebugBuild = false
  var isLowPower: () -> Bool = { false }
  var decoded: (URL) throws -> Picture = { _ in throw CannotRun("it is no photo") }
  let memoryMetric = "phys_footprint"

  func facts() -> (part: DevicePart, unknown: [String: String]) {
    let part = DevicePart(
      maker: "Made", model: "Up1,1", soc: nil, cpu: nil, cpuFeatures: nil, cores: 6, memoryBytes: 1 << 32,
      os: "iOS 17.4", machine: "arm64", isSimulator: false)
    return (part, ["soc": Self.silent, "cpu": Self.silent, "cpu_features": Self.silent])
  }

  func state() -> (part: StatePart, unknown: [String: String]) {
    let part = StatePart(
      at: "2026-01-02T03:04:05Z", power: "battery", batteryC: batteryC(), thermal: thermal(), isLowPower: isLowPower(),
      isForeground: isReady(), busyCores: nil, load1Min: nil, frequencyShare: nil, governor: nil)
    let names = ["battery_c", "busy_cores", "load_1min", "frequency_share", "governor"]
    return (part, Dictionary(uniqueKeysWithValues: names.map { ($0, Self.silent) }))
  }

  func readiness() -> Readiness { Readiness(isReady: isReady(), message: "the phone is locked; unlock it") }
  func departures() -> Int { left() }
  func memoryBytes() -> Known<Int> { .of(50_000_000) }
  func peakMemoryBytes() -> Known<Int> { .of(peak()) }
  func cpuMs() -> Known<Double> { .of(Double(Ticks.now()) / 1e6) }
  func waitedMs() -> Known<Double> { .unknown(Self.silent) }
  func hasDebugger() -> Bool { isDebugged() }
  func decode(_ photo: URL) throws -> Picture { try decoded(photo) }
}

/// A clock that goes on a little at each look, and by what is slept.
final class FakeClock: Clock, @unchecked Sendable {
  private var ns = 0
  private(set) var slept = 0

  /// What a sleep takes, of what was asked: more where the app was stopped meanwhile.
  var stretch = 1

  func nanoTime() -> Int {
    ns += 1_000
    return ns
  }

  /// By how much somebody has set the clock, in ms.
  var setMs = 0

  func epochMs() -> Int { 1_767_323_045_678 + setMs + ns / 1_000_000 }

  func sleep(ms: Int) async {
    slept += 1
    ns += stretch * ms * 1_000_000
  }
}
