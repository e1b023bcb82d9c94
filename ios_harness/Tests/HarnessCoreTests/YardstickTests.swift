import Testing

@testable import HarnessCore

/// The yardstick's work, and which of its two goes counts.
@Suite struct YardstickTests {
  @Test func theQuickerOfTwoGoesCounts() {
    var ticks: [UInt64] = [0, 900_000, 1_000_000, 1_600_000, 2_000_000, 2_750_000, 3_000_000, 4_000_000].reversed()
    #expect(Yardstick { ticks.removeLast() }.read() == Reading(integerMs: 0.6, memoryMs: 0.75))
  }

  @Test func theWorkIsDoneAndComesToWhatItMust() {
    let yardstick = Yardstick()
    var value: UInt64 = 1
    for _ in 0..<2 {
      _ = yardstick.read()
      for _ in 0..<12_000 { value = (value * 1_103_515_245 + 12_345) % (1 << 31) }
      #expect(UInt64(yardstick.integerResult) == value)
      #expect(yardstick.memoryResult == Double((1 << 20) - 1) * Double(1 << 19))
    }
  }

  @Test func noGoIsShorterThanItsWork() {
    let yardstick = Yardstick()
    // No processor multiplies and adds in less than half a nanosecond, nor adds two doubles that depend so.
    for _ in 0..<20 {
      let found = yardstick.read()
      #expect(found.integerMs > 6000 * 0.5e-6)
      #expect(found.memoryMs > Double(1 << 20) * 0.1e-6)
    }
  }
}
