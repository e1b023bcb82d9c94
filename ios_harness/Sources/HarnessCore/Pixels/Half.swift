/// 16-bit floats by their bits: Swift's own Float16 is not there on every processor that builds this package.
enum Half {
  /// Widen the 16 bits of a float16; exact.
  @inline(__always)
  static func toFloat(_ half: UInt16) -> Float {
    let bits = UInt32(half)
    let sign = (bits & 0x8000) << 16
    let exponent = bits >> 10 & 0x1F
    let fraction = bits & 0x3FF
    switch exponent {
    case 0:
      let size = Float(fraction) * 0x1p-24
      return sign == 0 ? size : -size
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// The 16 bits of a whole number from 0 to 255, which each is exact in.
  static func ofByte(_ value: UInt8) -> UInt16 {
    if value == 0 { return 0 }
    let bits = Float(value).bitPattern
    let exponent: UInt32 = (bits >> 23) - 112
    let fraction: UInt32 = (bits >> 13) & 0x3FF
    return UInt16(exponent << 10 | fraction)
  }
}
