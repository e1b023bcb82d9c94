import Foundation
import Testing

@testable import HarnessCore

/// SHA-256 and CRC-32: published vectors, whole and in pieces, by the system's code and by that of this package.
@Suite struct HashesTests {
  /// From NIST's examples (FIPS 180-4), and of lengths around a block's.
  private static let vectors: [(text: [UInt8], hash: String)] = [
    ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (Array("abc".utf8), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ]

  @Test(arguments: vectors.indices)
  func aPublishedTextHasItsPublishedHash(_ place: Int) {
    let (text, hash) = Self.vectors[place]
    #expect(Hashes.sha256(text) == hash)
    var own = Sha256()
    own.update(text)
    #expect(Hashes.hex(own.finished()) == hash)
  }

  @Test(arguments: [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000])
  func piecesHashAsTheWhole(_ count: Int) {
    let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for size in [1, 3, 63, 64, 65, 200] {
      var own = Sha256()
      var given = RunningHash()
      for start in stride(from: 0, to: count, by: size) {
        let piece = Array(data[start..<min(count, start + size)])
        own.update(piece)
        given.update(piece)
        _ = own.finished()  // which may be asked for on the way
      }
      #expect(Hashes.hex(own.finished()) == Hashes.sha256(data))
      #expect(given.hex() == Hashes.sha256(data))
    }
  }

  @Test func aFileHashesAsItsBytes() throws {
    try MadeBundle.withFolder { folder in
      let file = folder.appendingPathComponent("a")
      let data = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try AtomicFile.write(to: file, data: data)
      #expect(try Hashes.sha256(FileSource(file)) == Hashes.sha256(data))
    }
  }

  @Test func theCrcIsThatOfEveryZip() {
    var crc = Crc32()
    #expect(crc.value == 0)
    crc.update(Array("12345".utf8))
    crc.update(Array("6789".utf8))
    #expect(crc.value == 0xCBF4_3926)
  }

  @Test func aHashIsSixtyFourSmallHexDigits() {
    #expect(Hashes.isSha256(String(repeating: "a", count: 64)))
    for text in ["", "a", String(repeating: "A", count: 64), String(repeating: "\u{0661}", count: 64)] {
      #expect(!Hashes.isSha256(text))
    }
    #expect(Hashes.isId("0123456789abcdef0123456789abcdef"))
    #expect(!Hashes.isId("0123456789abcdef0123456789abcdeg"))
  }
}
