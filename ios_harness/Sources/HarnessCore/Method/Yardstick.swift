// How fast a device is just now.

import Foundation

/// Two fixed pieces of work that tell how fast a device is just now; docs/method.md, "The yardstick".
///
/// One task at a time uses it. Integer goes on from what it came to last, and both leave what they came to in this
/// object, between two looks at a clock that no compiler sees into: so none of the work is left out or done once for all.
/// Its factor is not known to the compiler either: of one that is, many steps become one.
public final class Yardstick {
  /// Readings of two versions do not compare.
  public static let version = "swift-1"
  private static let steps = 6000

  private let nanoTime: () -> UInt64
  private let factor: UInt32
  private var values = (0..<(1 << 20)).map(Double.init)

  /// What the pieces last came to.
  private(set) var integerResult: UInt32 = 1
  private(set) var memoryResult = 0.0

  /// `nanoTime`: nanoseconds of a clock that never goes back.
  public init(nanoTime: @escaping () -> UInt64 = { DispatchTime.now().uptimeNanoseconds }) {
    self.nanoTime = nanoTime
    let nothing = UInt32(truncatingIfNeeded: DispatchTime.now().uptimeNanoseconds >> 63)  // 0, for 292 years
    factor = 1_103_515_245 | nothing
  }

  /// Do each piece twice; the quicker counts.
  public func read() -> Reading {
    let integerMs = [timedMs(integer), timedMs(integer)]
    let memoryMs = [timedMs(memory), timedMs(memory)]
    return Reading(
      integerMs: min(integerMs[0], integerMs[1]),
      memoryMs: min(memoryMs[0], memoryMs[1])
    )
  }

  @inline(never)
  private func integer() {
    var value = integerResult
    for _ in 0..<Self.steps { value = (value &* factor &+ 12_345) & 0x7FFF_FFFF }
    integerResult = value
  }

  @inline(never)
  private func memory() {
    memoryResult = values.withUnsafeBufferPointer { values in
      var sum = 0.0
      for value in values { sum += value }
      return sum
    }
  }

  private func timedMs(_ work: () -> Void) -> Double {
    let began = nanoTime()
    work()
    return Double(nanoTime() &- began) / 1e6
  }
}
