/// A zip whose files are stored as they are: small enough to write by hand, and read by every program.
struct StoredZip {
  private(set) var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// Add a file; names are ASCII, with `/` between folders.
  mutating func add(_ name: String, _ data: [UInt8]) {
    var crc = Crc32()
    crc.update(data)
    let fields: [UInt8] =
      Self.two(10) + Self.two(0) + Self.two(0) + Self.two(0) + Self.two(0x21)
      + Self.four(crc.value) + Self.four(UInt32(data.count)) + Self.four(UInt32(data.count))
      + Self.two(name.utf8.count) + Self.two(0)
    let start = UInt32(bytes.count)
    bytes += Self.four(0x0403_4b50) + fields + Array(name.utf8) + data
    directory += Self.four(0x0201_4b50) + Self.two(20) + fields + Self.two(0) + Self.two(0) + Self.two(0)
    directory += Self.four(0) + Self.four(start) + Array(name.utf8)
    count += 1
  }

  /// The whole file.
  func finished() -> [UInt8] {
    let end =
      Self.four(0x0605_4b50) + Self.two(0) + Self.two(0) + Self.two(count) + Self.two(count)
      + Self.four(UInt32(directory.count)) + Self.four(UInt32(bytes.count)) + Self.two(0)
    return bytes + directory + end
  }

  private static func two(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
  }

  private static func four(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
  }
}
