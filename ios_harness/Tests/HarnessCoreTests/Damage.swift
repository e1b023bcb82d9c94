@testable import HarnessCore

/// Damage to files of a known form, by chance and field by field; a seed names one damaged file.
enum Damage {
  private static let extremes = [
    0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF,
  ]

  /// Damage bytes in one way, or in two.
  static func of(_ data: [UInt8], _ chance: inout Chance) -> [UInt8] {
    var found = data
    for _ in 0..<(chance.below(4) == 0 ? 2 : 1) { found = once(found, &chance) }
    return found
  }

  private static func once(_ data: [UInt8], _ chance: inout Chance) -> [UInt8] {
    if data.isEmpty { return [UInt8(chance.below(256))] }
    var found = data
    let at = place(data, &chance)
    switch chance.below(8) {
    case 0, 1: found[at] ^= 1 << chance.below(8)
    case 2: found.removeSubrange(at...)
    case 3: found.removeSubrange(at..<min(data.count, at + 1 + chance.below(46)))
    case 4: found.insert(contentsOf: [UInt8](repeating: 0, count: 1 + chance.below(46)), at: at)
    case 5:  // a part of the file in the place of another
      let to = place(data, &chance)
      let count = min(1 + chance.below(80), data.count - max(at, to))
      found.replaceSubrange(to..<(to + count), with: data[at..<(at + count)])
    default: extreme(&found, &chance)
    }
    return found
  }

  /// Put an extreme number, or one near what stood there, in the place of a field.
  private static func extreme(_ data: inout [UInt8], _ chance: inout Chance) {
    let width = [1, 2, 4][chance.below(3)]
    if data.count < width { return }
    let at = min(place(data, &chance), data.count - width)
    let before = (0..<width).reduce(0) { $0 | Int(data[at + $1]) << (8 * $1) }
    let value = [extremes[chance.below(extremes.count)], before + 1, before - 1, before * 2][chance.below(4)]
    for k in 0..<width { data[at + k] = UInt8(truncatingIfNeeded: value >> (8 * k)) }
  }

  /// A place, often near the beginning or the end, where headers are.
  private static func place(_ data: [UInt8], _ chance: inout Chance) -> Int {
    let near = 1 + chance.below(min(data.count, 120))
    switch chance.below(3) {
    case 0: return chance.below(data.count)
    case 1: return min(near, data.count - 1)
    default: return max(0, data.count - near)
    }
  }
}
