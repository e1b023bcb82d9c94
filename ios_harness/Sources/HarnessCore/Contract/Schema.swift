/// What a document breaks of its schema: where, which keyword, and the value that is there.
struct SchemaFault {
  var path: [String]
  let keyword: String
  let value: JsonValue

  /// Where it is, as a JSON pointer.
  var pointer: String {
    path.map { "/" + SchemaFault.escaped($0) }.joined()
  }

  private static func escaped(_ step: String) -> String {
    var made = String.UnicodeScalarView()
    for sign in step.unicodeScalars {
      switch sign {
      case "~": made.append(contentsOf: "~0".unicodeScalars)
      case "/": made.append(contentsOf: "~1".unicodeScalars)
      default: made.append(sign)
      }
    }
    return String(made)
  }
}

/// Holds documents against a schema of conformance/schema, which `SchemaTexts` carries as it is.
///
/// It knows the keywords that those schemas use, and no others; keywords are looked at in the schema's own order.
struct Schema: Sendable {
  static let bundle = Schema(SchemaTexts.bundle)
  static let manifest = Schema(SchemaTexts.manifest)
  static let record = Schema(SchemaTexts.record)

  private let root: SchemaPart

  /// Make one of a schema's own text; a text that is none is a fault of this program.
  init(_ text: String) {
    guard let document = try? JsonReader.read(text).table else { preconditionFailure("a schema is no JSON") }
    root = SchemaPart.of(document)
  }

  /// Give the first thing that a document breaks; nil where it fits.
  func fault(_ document: JsonValue) -> SchemaFault? { root.fault(document) }

  /// Give a document without the fields that its schema does not name: what a newer minor version added.
  func knownPart(_ document: JsonObject) -> JsonObject { root.knownPart(document) }
}
