/// Reads whole numbers of little-endian bytes one after the other; who uses it has looked at how many there are.
struct LittleEndian {
  private let data: [UInt8]
  private var at: Int

  init(_ data: [UInt8], at: Int = 0) {
    self.data = data
    self.at = at
  }

  /// The next 16 bits.
  mutating func word() -> Int { next(2) }

  /// The next 32 bits.
  mutating func long() -> Int { next(4) }

  private mutating func next(_ count: Int) -> Int {
    defer { at += count }
    return (0..<count).reduce(0) { $0 | Int(data[at + $1]) << (8 * $1) }
  }

  /// The bytes of a number's lowest 16 bits.
  static func word(_ value: Int) -> [UInt8] { bytes(value, 2) }

  /// The bytes of a number's lowest 32 bits.
  static func long(_ value: Int) -> [UInt8] { bytes(value, 4) }

  private static func bytes(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
