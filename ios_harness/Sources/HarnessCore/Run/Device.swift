import Foundation

/// A value, or why there is none.
public enum Known<Value: Sendable>: Sendable {
  case of(Value)
  case unknown(String)

  public var value: Value? {
    if case .of(let value) = self { value } else { nil }
  }

  public var why: String? {
    if case .unknown(let why) = self { why } else { nil }
  }
}

/// What the device and its system say; an app has it from iOS, tests make one up.
public protocol Device: Sendable {
  /// Names and sizes, and by field (`soc`) why what is nil is not known.
  func facts() -> (part: DevicePart, unknown: [String: String])

  /// How it is just now, and by field (`battery_c`) why what is nil is not known.
  func state() -> (part: StatePart, unknown: [String: String])

  /// Whether the screen is on, unlocked and the app in front.
  func readiness() -> Readiness

  /// How often the app left the front since it began, so that a turn knows whether it was there all the time.
  func departures() -> Int

  /// What memory this process has just now, in bytes, as the system counts it against the app.
  func memoryBytes() -> Known<Int>

  /// The most that it ever had; it never falls while the process lives.
  func peakMemoryBytes() -> Known<Int>

  /// What the system calls those two: `phys_footprint`.
  var memoryMetric: String { get }

  /// Processor time of this process, and what its threads waited for a processor, in ms.
  func cpuMs() -> Known<Double>
  func waitedMs() -> Known<Double>

  var isDebugBuild: Bool { get }
  func hasDebugger() -> Bool

  /// Decode a photo so that it stands upright. Throws `CannotRun`.
  func decode(_ photo: URL) throws -> Picture
}

extension Device {
  public func departures() -> Int { 0 }
}

/// Whether a measurement may begin; the message says what to do.
public struct Readiness: Equatable, Sendable {
  public var isReady: Bool
  public var message: String

  public init(isReady: Bool, message: String) {
    self.isReady = isReady
    self.message = message
  }
}
