/// The CRC-32 of a zip, fed piece by piece.
struct Crc32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  private var state: UInt32 = 0xFFFF_FFFF

  /// The CRC of all that was added.
  var value: UInt32 { ~state }

  /// Add a piece.
  mutating func update(_ data: [UInt8]) {
    var state = state
    Self.table.withUnsafeBufferPointer { table in
      data.withUnsafeBufferPointer { data in
        for byte in data { state = table[Int(truncatingIfNeeded: (state ^ UInt32(byte)) & 0xFF)] ^ state &>> 8 }
      }
    }
    self.state = state
  }
}
