// Draws with replacement.

/// Draws with replacement that every language draws alike: a hash over a counter; docs/method.md, "Drawing".
package enum Draws {
  static let rounds = 1000

  /// Which of `count` things draw `place` of all takes; both are 0 or more, `count` below 2^32.
  package static func draw(_ place: Int, _ count: Int) -> Int {
    var x = UInt32(truncatingIfNeeded: place) &* 0x9E37_79B9 &+ 1
    x = (x ^ (x >> 16)) &* 0x85EB_CA6B
    x = (x ^ (x >> 13)) &* 0xC2B2_AE35
    x ^= x >> 16
    return Int((UInt64(x) &* UInt64(truncatingIfNeeded: count)) >> 32)
  }

  /// How often each of `count` things is drawn in a round.
  package static func timesDrawn(_ round: Int, _ count: Int) -> [Int] {
    var times = [Int](repeating: 0, count: count)
    for place in 0..<count { times[draw(round * count + place, count)] += 1 }
    return times
  }
}
