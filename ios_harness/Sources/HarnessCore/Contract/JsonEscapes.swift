/// A text of JSON while it is read: its bytes, and the escapes among them, of which two may make one sign.
struct JsonEscapes {
  private static let missing: [UInt8] = [0xEF, 0xBF, 0xBD]  // U+FFFD

  private var bytes: [UInt8] = []
  private var high: UInt16?  // the first half of a pair, whose second has yet to come
  private var isWhole = true

  /// Add bytes that stand for themselves.
  mutating func append(_ data: ArraySlice<UInt8>) {
    if data.isEmpty { return }
    endPair()
    bytes.append(contentsOf: data)
  }

  /// Add what an escape of four digits says.
  mutating func append(unit: UInt16) {
    switch unit {
    case 0xD800...0xDBFF:
      endPair()
      high = unit
    case 0xDC00...0xDFFF:
      guard let first = high else { return lose() }
      high = nil
      append(scalar: 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(unit & 0x3FF)))
    default:
      endPair()
      append(scalar: UInt32(unit))
    }
  }

  /// The text; nil where its bytes are no UTF-8.
  mutating func text() -> JsonText? {
    endPair()
    return Texts.exact(bytes[...]).map { JsonText($0, isWhole: isWhole) }
  }

  /// What an escape of one sign means; nil for none.
  static func meant(by sign: UInt8) -> UInt8? {
    switch sign {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): sign
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// The value of a hex digit; nil for none.
  static func value(ofHex digit: UInt8) -> UInt16? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(digit - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(digit - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(digit - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  private mutating func append(scalar: UInt32) {
    guard let sign = Unicode.Scalar(scalar) else { return lose() }
    bytes.append(contentsOf: UTF8.encode(sign) ?? UTF8.encodedReplacementCharacter)
  }

  private mutating func endPair() {
    if high != nil { lose() }
    high = nil
  }

  private mutating func lose() {
    isWhole = false
    bytes.append(contentsOf: Self.missing)
  }
}
