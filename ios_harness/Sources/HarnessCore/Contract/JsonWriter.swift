/// Writes JSON as one line, the same in every language of a phone.
public enum JsonWriter {
  /// Write a value.
  public static func write(_ value: JsonValue) -> String { String(decoding: bytes(value), as: UTF8.self) }

  /// Write a table.
  public static func write(_ table: JsonObject) -> String { write(.table(table)) }

  /// Write a value as UTF-8.
  public static func bytes(_ value: JsonValue) -> [UInt8] {
    var out: [UInt8] = []
    append(value, to: &out)
    return out
  }

  private static func append(_ value: JsonValue, to out: inout [UInt8]) {
    switch value {
    case .table(let table): append(table, to: &out)
    case .list(let items): append(items, to: &out)
    case .text(let text): append(text.text, to: &out)
    case .number(let number): out.append(contentsOf: number.text.utf8)
    case .boolean(let isTrue): out.append(contentsOf: (isTrue ? "true" : "false").utf8)
    case .null: out.append(contentsOf: "null".utf8)
    }
  }

  private static func append(_ table: JsonObject, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "{"))
    for (place, name) in table.names.enumerated() {
      if place > 0 { out.append(UInt8(ascii: ",")) }
      append(name, to: &out)
      out.append(UInt8(ascii: ":"))
      append(table.values[place], to: &out)
    }
    out.append(UInt8(ascii: "}"))
  }

  private static func append(_ items: [JsonValue], to out: inout [UInt8]) {
    out.append(UInt8(ascii: "["))
    for (place, inside) in items.enumerated() {
      if place > 0 { out.append(UInt8(ascii: ",")) }
      append(inside, to: &out)
    }
    out.append(UInt8(ascii: "]"))
  }

  private static func append(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        out.append(UInt8(ascii: "\\"))
        out.append(byte)
      case 0..<0x20:
        out.append(contentsOf: "\\u00".utf8)
        out.append(contentsOf: Hashes.hex([byte]).utf8)
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
