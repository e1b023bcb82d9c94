// The seal of a record.

/// The seal of a record: it tells one that was cut, changed or damaged; docs/record.md, "The seal".
enum Seal {
  private static let open = [UInt8](repeating: UInt8(ascii: "0"), count: 64)
  private static let quote = UInt8(ascii: "\"")

  /// Write a document as one line with its seal; version and seal come first.
  static func sealed(_ document: JsonObject, version: String) -> String {
    var made = JsonObject()
    made["schema_version"] = .of(version)
    made["seal"] = .of(String(repeating: "0", count: open.count))
    for name in document.names where made[name] == nil { made[name] = document[name] }
    var text = JsonWriter.bytes(.table(made))
    guard let place = places(text, open).first else { return String(decoding: text, as: UTF8.self) }
    text.replaceSubrange(place..<(place + open.count), with: Hashes.sha256(text).utf8)
    return String(decoding: text, as: UTF8.self)
  }

  /// Say whether a seal fits the bytes that it stands in.
  static func fits(_ data: [UInt8], _ seal: JsonValue?) -> Bool {
    guard case .text(let said)? = seal, said.isWhole, Hashes.isSha256(said.text) else { return false }
    let found = places(data, Array(said.text.utf8))
    guard found.count == 1, let start = data.firstIndex(of: UInt8(ascii: "{")),
      let end = data.lastIndex(of: UInt8(ascii: "}")), start < found[0], found[0] + open.count <= end
    else { return false }
    var text = Array(data[start...end])
    text.replaceSubrange((found[0] - start)..<(found[0] - start + open.count), with: open)
    return Texts.areSame(Hashes.sha256(text), said.text)
  }

  /// Where the digits of a seal begin that stands between quotes; two places are enough to know.
  private static func places(_ data: [UInt8], _ seal: [UInt8]) -> [Int] {
    data.withUnsafeBufferPointer { data in
      var found: [Int] = []
      for start in stride(from: 1, to: data.count - seal.count, by: 1) {
        guard data[start - 1] == quote, data[start + seal.count] == quote else { continue }
        if seal.indices.allSatisfy({ data[start + $0] == seal[$0] }) { found.append(start) }
        if found.count > 1 { break }
      }
      return found
    }
  }
}
