/// Reads JSON strictly (RFC 8259) and within bounds: no NaN, no comments, no deeper than 64 levels.
///
/// Of two fields of one name in a table the later counts, as in Python.
public struct JsonReader {
  private static let deepest = 64
  private static let longestNumber = 4300
  private static let mostValues = 5_000_000  // a million runs with four times each, and some more

  private let bytes: [UInt8]
  private var at: Int
  private var values = 0

  /// Read a value from UTF-8; a byte order mark before it is left out. Throws `NotJson`.
  public static func read(_ data: [UInt8]) throws -> JsonValue {
    var reader = JsonReader(data, from: data.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    return try reader.whole()
  }

  /// Read a value. Throws `NotJson`.
  public static func read(_ text: String) throws -> JsonValue {
    var reader = JsonReader(Array(text.utf8), from: 0)
    return try reader.whole()
  }

  private init(_ bytes: [UInt8], from start: Int) {
    self.bytes = bytes
    at = start
  }

  private mutating func whole() throws -> JsonValue {
    let found = try value(depth: 1)
    skipBlanks()
    if at < bytes.count { throw failure("something follows its end") }
    return found
  }

  private mutating func value(depth: Int) throws -> JsonValue {
    values += 1
    if values > Self.mostValues { throw failure("it has more than \(Self.mostValues) values") }
    skipBlanks()
    guard at < bytes.count else { throw failure("it ends too early") }
    switch bytes[at] {
    case UInt8(ascii: "{"): return .table(try table(depth))
    case UInt8(ascii: "["): return .list(try list(depth))
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func table(_ depth: Int) throws -> JsonObject {
    try checkDepth(depth)
    at += 1
    var fields = JsonObject()
    skipBlanks()
    if take("}") { return fields }
    while true {
      skipBlanks()
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw failure("a field has no name") }
      let name = try text()
      skipBlanks()
      if !take(":") { throw failure("a colon is missing") }
      if !name.isWhole { fields.hasHalfNames = true }
      let found = try value(depth: depth + 1)
      if let replaced = fields[name.text], !replaced.isFinite { fields.hidesInfinite = true }
      fields[name.text] = found
      skipBlanks()
      if take("}") { return fields }
      if !take(",") { throw failure("a comma is missing") }
    }
  }

  private mutating func list(_ depth: Int) throws -> [JsonValue] {
    try checkDepth(depth)
    at += 1
    var items: [JsonValue] = []
    skipBlanks()
    if take("]") { return items }
    while true {
      items.append(try value(depth: depth + 1))
      skipBlanks()
      if take("]") { return items }
      if !take(",") { throw failure("a comma is missing") }
    }
  }

  private mutating func text() throws -> JsonText {
    var escapes = JsonEscapes()
    at += 1
    var start = at
    while true {
      guard at < bytes.count else { throw failure("a text has no end") }
      let sign = bytes[at]
      if sign == UInt8(ascii: "\"") {
        escapes.append(bytes[start..<at])
        at += 1
        guard let found = escapes.text() else { throw failure("it is no UTF-8 text") }
        return found
      }
      if sign < 0x20 { throw failure("a text has a control character") }
      at += 1
      if sign == UInt8(ascii: "\\") {
        escapes.append(bytes[start..<(at - 1)])
        try escape(&escapes)
        start = at
      }
    }
  }

  private mutating func escape(_ escapes: inout JsonEscapes) throws {
    guard at < bytes.count else { throw failure("a text has no end") }
    let sign = bytes[at]
    at += 1
    if sign == UInt8(ascii: "u") {
      escapes.append(unit: try unit())
    } else if let meant = JsonEscapes.meant(by: sign) {
      escapes.append([meant])
    } else {
      throw failure("a text has an unknown escape")
    }
  }

  private mutating func unit() throws -> UInt16 {
    guard bytes.count - at >= 4 else { throw failure("a text has no end") }
    var code: UInt16 = 0
    for digit in bytes[at..<(at + 4)] {
      guard let value = JsonEscapes.value(ofHex: digit) else { throw failure("an escape is not of four hex digits") }
      code = code << 4 | value
    }
    at += 4
    return code
  }

  private mutating func number() throws -> JsonNumber {
    let start = at
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    if at - start > Self.longestNumber { throw failure("a number has more than \(Self.longestNumber) characters") }
    return JsonNumber(String(decoding: bytes[start..<at], as: UTF8.self))
  }

  private mutating func digits() throws {
    let start = at
    while at < bytes.count, bytes[at] >= UInt8(ascii: "0"), bytes[at] <= UInt8(ascii: "9") { at += 1 }
    if at == start { throw failure("it has a sign where a value should be") }
  }

  private mutating func word(_ word: StaticString, _ meaning: JsonValue) throws -> JsonValue {
    guard bytes[at...].starts(with: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)) else {
      throw failure("it has a word that is none")
    }
    at += word.utf8CodeUnitCount
    return meaning
  }

  private mutating func take(_ sign: Unicode.Scalar) -> Bool {
    let isThere = at < bytes.count && bytes[at] == UInt8(ascii: sign)
    if isThere { at += 1 }
    return isThere
  }

  private mutating func skipBlanks() {
    while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x09 || bytes[at] == 0x0D {
      at += 1
    }
  }

  private func checkDepth(_ depth: Int) throws {
    if depth > Self.deepest { throw failure("it is nested deeper than \(Self.deepest) levels") }
  }

  private func failure(_ what: String) -> NotJson { NotJson("it is no JSON: \(what) (byte \(at))") }
}
