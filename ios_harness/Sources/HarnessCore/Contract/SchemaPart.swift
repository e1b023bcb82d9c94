/// A part of a schema, made ready once: its rules in their order, a reference replaced by what it names.
final class SchemaPart: Sendable {
  private let rules: [SchemaRule]
  private let properties: [(name: String, part: SchemaPart)]
  private let named: Set<ExactText>
  private let items: SchemaPart?

  /// Make a schema's root.
  static func of(_ root: JsonObject) -> SchemaPart { SchemaPart(root, root["$defs"]?.table ?? JsonObject()) }

  private init(_ said: JsonObject, _ shared: JsonObject) {
    var own = said
    while let reference = own["$ref"]?.text {
      own = shared.table(String(reference.dropFirst("#/$defs/".count)))
    }
    let inside = own["properties"]?.table
    properties = inside.map { zip($0.names, $0.values).map { ($0, SchemaPart(of: $1, shared)) } } ?? []
    named = Set(properties.map { ExactText($0.name) })
    items = own["items"].map { SchemaPart(of: $0, shared) }
    rules = zip(own.names, own.values).compactMap { SchemaRule($0, $1) { SchemaPart(of: $0, shared) } }
  }

  private convenience init(of said: JsonValue, _ shared: JsonObject) {
    guard let own = said.table else { preconditionFailure("a part of a schema is no table") }
    self.init(own, shared)
  }

  /// Give the first thing that a value breaks; nil where it fits.
  func fault(_ value: JsonValue) -> SchemaFault? {
    for rule in rules {
      if let found = inner(value, rule) { return found }
      if !rule.holds(value) { return SchemaFault(path: [], keyword: rule.keyword, value: value) }
    }
    return nil
  }

  /// Give a table without the fields that are not named here.
  func knownPart(_ table: JsonObject) -> JsonObject {
    if properties.isEmpty { return table }
    var known = JsonObject()
    let parts = Dictionary(uniqueKeysWithValues: properties.map { (ExactText($0.name), $0.part) })
    for (name, inside) in zip(table.names, table.values) {
      if let part = parts[ExactText(name)] { known[name] = part.known(inside) }
    }
    return known
  }

  private func known(_ value: JsonValue) -> JsonValue {
    switch value {
    case .table(let table): .table(knownPart(table))
    case .list(let values): .list(items.map { part in values.map(part.known) } ?? values)
    default: value
    }
  }

  /// Look into a table or a list.
  private func inner(_ value: JsonValue, _ rule: SchemaRule) -> SchemaFault? {
    switch (value, rule) {
    case (.table(let table), .properties):
      for (name, part) in properties {
        if let inside = table[name], let found = part.fault(inside) { return found.within(name) }
      }
    case (.table(let table), .propertyNames(let part)):
      for name in table.names {
        let isWhole = !table.hasHalfNames || !name.unicodeScalars.contains("\u{FFFD}")
        if let found = part.fault(.text(JsonText(name, isWhole: isWhole))) { return found }
      }
    case (.table(let table), .additionalProperties(let part)):
      for (name, inside) in zip(table.names, table.values) where !named.contains(ExactText(name)) {
        guard let part else { return SchemaFault(path: [], keyword: rule.keyword, value: value) }
        if let found = part.fault(inside) { return found.within(name) }
      }
    case (.list(let values), .items):
      for (place, inside) in values.enumerated() {
        if let found = items?.fault(inside) { return found.within(String(place)) }
      }
    default: break
    }
    return nil
  }
}

extension SchemaFault {
  /// The same fault, seen from one level above.
  fileprivate func within(_ step: String) -> SchemaFault {
    SchemaFault(path: [step] + path, keyword: keyword, value: value)
  }
}
