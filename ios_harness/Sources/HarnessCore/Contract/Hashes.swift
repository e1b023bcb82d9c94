#if canImport(CryptoKit)
  import CryptoKit
#endif

/// SHA-256 in lower-case hex.
public enum Hashes {
  private static let chunkBytes = 1 << 20
  private static let digits = Array("0123456789abcdef".utf8)

  /// Hash bytes.
  public static func sha256(_ data: [UInt8]) -> String {
    var hash = RunningHash()
    hash.update(data)
    return hash.hex()
  }

  /// Hash all bytes of a source. Throws `StorageRefused`.
  public static func sha256(_ source: any Source) throws -> String {
    var hash = RunningHash()
    var done = 0
    while done < source.sizeBytes {
      let chunk = try source.read(offset: done, count: min(chunkBytes, source.sizeBytes - done))
      hash.update(chunk)
      done += chunk.count
    }
    return hash.hex()
  }

  /// Write bytes in hex; no formatter, whose digits would follow the phone's language.
  public static func hex(_ data: [UInt8]) -> String {
    var made: [UInt8] = []
    made.reserveCapacity(2 * data.count)
    for byte in data {
      made.append(digits[Int(byte >> 4)])
      made.append(digits[Int(byte & 0xF)])
    }
    return String(decoding: made, as: UTF8.self)
  }

  /// Say whether a text is a hash as this type writes it.
  public static func isSha256(_ text: String) -> Bool { isHex(text, count: 64) }

  /// Say whether a text is the id of a job or a run: 32 hex digits.
  public static func isId(_ text: String) -> Bool { isHex(text, count: 32) }

  private static func isHex(_ text: String, count: Int) -> Bool {
    text.utf8.count == count && text.utf8.allSatisfy { digits.contains($0) }
  }
}

/// A SHA-256 that is fed piece by piece: by the system's code where it has any.
public struct RunningHash {
  #if canImport(CryptoKit)
    private var hash = SHA256()
  #else
    private var hash = Sha256()
  #endif

  public init() {}

  /// Add a piece.
  public mutating func update(_ data: [UInt8]) {
    #if canImport(CryptoKit)
      data.withUnsafeBytes { hash.update(bufferPointer: $0) }
    #else
      hash.update(data)
    #endif
  }

  /// The hash of all that was added, in lower-case hex.
  public func hex() -> String {
    #if canImport(CryptoKit)
      return Hashes.hex(Array(hash.finalize()))
    #else
      return Hashes.hex(hash.finished())
    #endif
  }
}
