// Reads a record.

/// Reads a record: its seal, its schema, and what no schema can ask for; docs/record.md.
public enum RecordReader {
  public static let version = "1.4"
  public static let mostBytes = 64 << 20
  private static let known = Version(major: 1, minor: 4)

  /// Read a record's document; fields of a newer minor version are kept and not looked at. Throws `RecordRefused`.
  public static func read(_ data: [UInt8]) throws -> JsonObject {
    if data.count > mostBytes { throw damaged(.outOfBounds, "it is larger than \(mostBytes) bytes") }
    let document = try parsed(data)
    guard let version = Version(of: document) else { throw damaged(.noVersion, "it says no schema_version") }
    if version.major != known.major {
      let advice = version.major > known.major ? "update this app" : "measure anew"
      throw RecordRefused(.otherVersion, "the record is of version \(version.major), not \(known.major); \(advice)")
    }
    if !Seal.fits(data, document["seal"]) { throw damaged(.seal, "its seal does not fit") }
    let looked = version.minor > known.minor ? Schema.record.knownPart(document) : document
    if let found = Schema.record.fault(.table(looked)) {
      throw damaged(fault(of: found), "\(found.pointer) is \(found.keyword)")
    }
    if !JsonValue.table(document).isFinite { throw damaged(.outOfBounds, "a number is beyond what a number can hold") }
    if !prints(.table(looked)) { throw damaged(.doesNotPrint, "a text has characters that do not print") }
    try RecordChecks.check(looked)
    return document
  }

  /// Seal a document that was made here. Throws `RecordRefused` for one that could not be read again.
  public static func sealed(_ document: JsonObject) throws -> String {
    let text = Seal.sealed(document, version: version)
    _ = try read(Array(text.utf8))
    return text
  }

  /// What a reader of the record's text refuses it with.
  static func damaged(_ fault: RecordFault, _ what: String) -> RecordRefused {
    RecordRefused(fault, "the record is damaged: \(what)")
  }

  private static func parsed(_ data: [UInt8]) throws -> JsonObject {
    do {
      guard case .table(let document) = try JsonReader.read(data) else { throw damaged(.notATable, "it is no table") }
      return document
    } catch let error as NotJson {
      throw damaged(.notJson, error.message)
    }
  }

  private static func fault(of found: SchemaFault) -> RecordFault {
    switch found.keyword {
    case "pattern":
      if case .text(let text) = found.value, !text.prints { return .doesNotPrint }
      return .badValue
    case "enum": return .badValue
    case "required": return .missing
    case "additionalProperties": return .unknownField
    case "type": return .wrongType
    default: return .outOfBounds
    }
  }

  private static func prints(_ value: JsonValue) -> Bool {
    switch value {
    case .text(let text): return text.prints
    case .list(let items): return items.allSatisfy(prints)
    case .table(let table):
      return !table.hasHalfNames && table.names.allSatisfy(Texts.prints) && table.values.allSatisfy(prints)
    case .number, .boolean, .null: return true
    }
  }
}
