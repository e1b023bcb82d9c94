/// SHA-256 (FIPS 180-4) in plain Swift, fed piece by piece: for systems without CryptoKit.
struct Sha256 {
  private static let blockBytes = 64

  private var state = SIMD8<UInt32>(
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)
  private var waiting: [UInt8] = []  // less than a block
  private var countBytes: UInt64 = 0
  private var words = [UInt32](repeating: 0, count: 64)

  /// Add a piece.
  mutating func update(_ data: [UInt8]) {
    countBytes &+= UInt64(data.count)
    var from = 0
    if !waiting.isEmpty {
      from = min(Self.blockBytes - waiting.count, data.count)
      waiting.append(contentsOf: data[..<from])
      if waiting.count < Self.blockBytes { return }
      let block = waiting
      waiting.removeAll(keepingCapacity: true)
      block.withUnsafeBytes { take($0) }
    }
    let whole = from + (data.count - from) / Self.blockBytes * Self.blockBytes
    data.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[from..<whole])) }
    waiting.append(contentsOf: data[whole...])
  }

  /// The hash of all that was added: 32 bytes.
  func finished() -> [UInt8] {
    var last = self
    let bits = countBytes &* 8
    let fill = (Self.blockBytes + 55 - waiting.count) % Self.blockBytes
    var tail: [UInt8] = [0x80] + [UInt8](repeating: 0, count: fill)
    for shift in stride(from: 56, through: 0, by: -8) { tail.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
    last.update(tail)
    return (0..<8).flatMap { word in
      stride(from: UInt32(24), through: 0, by: -8).map { UInt8(truncatingIfNeeded: last.state[word] >> $0) }
    }
  }

  /// Take whole blocks.
  private mutating func take(_ blocks: UnsafeRawBufferPointer) {
    words.withUnsafeMutableBufferPointer { words in
      Self.round.withUnsafeBufferPointer { round in
        for start in stride(from: 0, to: blocks.count, by: Self.blockBytes) {
          Self.spread(blocks, from: start, into: words)
          state &+= Self.mixed(state, words, round)
        }
      }
    }
  }

  private static func spread(
    _ blocks: UnsafeRawBufferPointer, from start: Int, into words: UnsafeMutableBufferPointer<UInt32>
  ) {
    for k in 0..<16 {
      words[k] = UInt32(bigEndian: blocks.loadUnaligned(fromByteOffset: start &+ 4 &* k, as: UInt32.self))
    }
    for k in 16..<64 {
      let near = words[k &- 15]
      let far = words[k &- 2]
      let first = turned(near, 7) ^ turned(near, 18) ^ near &>> 3
      let second = turned(far, 17) ^ turned(far, 19) ^ far &>> 10
      words[k] = words[k &- 16] &+ first &+ words[k &- 7] &+ second
    }
  }

  private static func mixed(
    _ state: SIMD8<UInt32>, _ words: UnsafeMutableBufferPointer<UInt32>, _ round: UnsafeBufferPointer<UInt32>
  ) -> SIMD8<UInt32> {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for k in 0..<64 {
      let first =
        h &+ (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) &+ (e & f ^ ~e & g) &+ round[k] &+ words[k]
      let second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) &+ (a & b ^ a & c ^ b & c)
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
    }
    return SIMD8(a, b, c, d, e, f, g, h)
  }

  @inline(__always)
  private static func turned(_ word: UInt32, _ by: UInt32) -> UInt32 { word &>> by | word &<< (32 &- by) }

  private static let round: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}
