/// Draws that are the same on every machine; a seed names them all.
struct Chance {
  private var state: UInt64

  init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

  /// A number from 0, below `count`.
  mutating func below(_ count: Int) -> Int {
    // SplitMix64.
    state &+= 0x9E37_79B9_7F4A_7C15
    var found = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    found = (found ^ (found >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((found ^ (found >> 31)) % UInt64(max(1, count)))
  }
}
