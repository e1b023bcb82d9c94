import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// What a job waits and dates by; tests have one of their own. Runs are timed by `Ticks` alone.
public protocol Clock: Sendable {
  /// Nanoseconds since some moment; they go on while the phone sleeps.
  func nanoTime() -> Int

  /// Milliseconds since 1970, for dates; somebody may set it at any time.
  func epochMs() -> Int

  func sleep(ms: Int) async
}

/// The device's own.
public struct SystemClock: Clock {
  public init() {}

  public func nanoTime() -> Int { Ticks.read(Ticks.whole) }

  public func epochMs() -> Int { Int(Date().timeIntervalSince1970 * 1000) }

  public func sleep(ms: Int) async { try? await Task.sleep(nanoseconds: UInt64(max(0, ms)) * 1_000_000) }
}

/// The clock that runs are timed by: monotonic, fine, in nanoseconds whatever a processor's own ticks are.
public enum Ticks {
  #if canImport(Darwin)
    static let timing = CLOCK_UPTIME_RAW
    static let whole = CLOCK_MONOTONIC_RAW
  #else
    static let timing = CLOCK_MONOTONIC
    static let whole = CLOCK_BOOTTIME
  #endif

  /// Nanoseconds since some moment.
  @inline(__always)
  public static func now() -> Int { read(timing) }

  /// Milliseconds from one reading to another.
  @inline(__always)
  public static func ms(_ from: Int, _ upto: Int) -> Double { Double(upto &- from) / 1e6 }

  @inline(__always)
  static func read(_ clock: clockid_t) -> Int {
    #if canImport(Darwin)
      return Int(truncatingIfNeeded: clock_gettime_nsec_np(clock))
    #else
      var time = timespec()
      clock_gettime(clock, &time)
      return Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec)
    #endif
  }
}
