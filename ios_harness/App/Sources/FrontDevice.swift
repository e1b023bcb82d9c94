import Foundation
import HarnessCore
import HarnessCoreML

/// This device, and whether the app is in front as the app's own state machine has it.
struct FrontDevice: Device {
  let device: AppleDevice
  let front: FrontWatch

  func facts() -> (part: DevicePart, unknown: [String: String]) { device.facts() }
  func state() -> (part: StatePart, unknown: [String: String]) { device.state() }

  /// Both must say so: a state that one of them missed is no front.
  func readiness() -> Readiness {
    let own = front.readiness
    return own.isReady ? device.readiness() : own
  }

  func departures() -> Int { front.departures }
  func memoryBytes() -> Known<Int> { device.memoryBytes() }
  func peakMemoryBytes() -> Known<Int> { device.peakMemoryBytes() }
  var memoryMetric: String { device.memoryMetric }
  func cpuMs() -> Known<Double> { device.cpuMs() }
  func waitedMs() -> Known<Double> { device.waitedMs() }
  var isDebugBuild: Bool {
    #if DEBUG
      return true
    #else
      return device.isDebugBuild
    #endif
  }
  func hasDebugger() -> Bool { device.hasDebugger() }
  func decode(_ photo: URL) throws -> Picture { try device.decode(photo) }
}
