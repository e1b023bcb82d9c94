/// A keyword of a schema with what it asks for.
enum SchemaRule: Sendable {
  case type([String])
  case oneOf([JsonValue])
  case equal(JsonValue)
  case anyOf([SchemaPart])
  case required([String])
  case pattern(SchemaPattern)
  case uniqueItems
  case minimum(Double)
  case maximum(Double)
  case exclusiveMinimum(Double)
  case count(keyword: String, of: Counted, atLeast: Int, atMost: Int)
  case properties
  case propertyNames(SchemaPart)
  case additionalProperties(SchemaPart?)
  case items

  enum Counted: Sendable { case signs, items, fields }

  /// Make a rule of a keyword; nil for one that asks for nothing. `part` makes a part of a schema.
  init?(_ keyword: String, _ asked: JsonValue, part: (JsonValue) -> SchemaPart) {
    switch keyword {
    case "type": self = .type(asked.items?.compactMap(\.text) ?? [asked.text].compactMap { $0 })
    case "enum": self = .oneOf(asked.items ?? [])
    case "const": self = .equal(asked)
    case "anyOf": self = .anyOf((asked.items ?? []).map(part))
    case "required": self = .required((asked.items ?? []).compactMap(\.text))
    case "pattern": self = .pattern(SchemaPattern(asked.text ?? ""))
    case "uniqueItems": self = .uniqueItems
    case "minimum": self = .minimum(SchemaRule.bound(asked))
    case "maximum": self = .maximum(SchemaRule.bound(asked))
    case "exclusiveMinimum": self = .exclusiveMinimum(SchemaRule.bound(asked))
    case "properties": self = .properties
    case "propertyNames": self = .propertyNames(part(asked))
    case "additionalProperties": self = .additionalProperties(asked.table == nil ? nil : part(asked))
    case "items": self = .items
    default:
      guard let found = SchemaRule.count(keyword, asked) else { return nil }
      self = found
    }
  }

  /// The keyword, as the schema spells it.
  var keyword: String {
    switch self {
    case .type: "type"
    case .oneOf: "enum"
    case .equal: "const"
    case .anyOf: "anyOf"
    case .required: "required"
    case .pattern: "pattern"
    case .uniqueItems: "uniqueItems"
    case .minimum: "minimum"
    case .maximum: "maximum"
    case .exclusiveMinimum: "exclusiveMinimum"
    case .count(let keyword, _, _, _): keyword
    case .properties: "properties"
    case .propertyNames: "propertyNames"
    case .additionalProperties: "additionalProperties"
    case .items: "items"
    }
  }

  /// Say whether a value itself is as asked; of what is in it its parts say that.
  func holds(_ value: JsonValue) -> Bool {
    switch (self, value) {
    case (.type(let names), _): names.contains { SchemaRule.isOf(value, $0) }
    case (.oneOf(let values), _): values.contains(value)
    case (.equal(let other), _): value == other
    case (.anyOf(let parts), _): parts.contains { $0.fault(value) == nil }
    case (.required(let names), .table(let table)): names.allSatisfy { table[$0] != nil }
    case (.pattern(let pattern), .text(let text)): text.isWhole && pattern.isFound(in: text.text)
    case (.uniqueItems, .list(let items)): Set(items).count == items.count
    case (.minimum(let bound), .number(let number)): number.double >= bound
    case (.maximum(let bound), .number(let number)): number.double <= bound
    case (.exclusiveMinimum(let bound), .number(let number)): number.double > bound
    case (.count(_, .signs, let least, let most), .text(let text)):
      (least...most).contains(text.text.unicodeScalars.count)
    case (.count(_, .items, let least, let most), .list(let items)): (least...most).contains(items.count)
    case (.count(_, .fields, let least, let most), .table(let table)): (least...most).contains(table.names.count)
    default: true
    }
  }

  private static func isOf(_ value: JsonValue, _ type: String) -> Bool {
    switch (type, value) {
    case ("object", .table), ("array", .list), ("string", .text), ("boolean", .boolean), ("null", .null): true
    case ("number", .number): true
    case ("integer", .number(let number)): number.isWhole
    default: false
    }
  }

  private static func count(_ keyword: String, _ asked: JsonValue) -> SchemaRule? {
    let bound = asked.number?.nearestInt ?? 0
    switch keyword {
    case "minLength": return .count(keyword: keyword, of: .signs, atLeast: bound, atMost: .max)
    case "maxLength": return .count(keyword: keyword, of: .signs, atLeast: 0, atMost: bound)
    case "minItems": return .count(keyword: keyword, of: .items, atLeast: bound, atMost: .max)
    case "maxItems": return .count(keyword: keyword, of: .items, atLeast: 0, atMost: bound)
    case "maxProperties": return .count(keyword: keyword, of: .fields, atLeast: 0, atMost: bound)
    default: return nil
    }
  }

  private static func bound(_ asked: JsonValue) -> Double {
    guard let number = asked.number else { preconditionFailure("a schema's bound is no number") }
    return number.double
  }
}
