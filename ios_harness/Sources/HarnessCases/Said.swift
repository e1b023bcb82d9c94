import HarnessCore

/// A table of a case file, whose fields are asked for by type; what is not there as it should be is told by its name.
package struct Said {
  package let fields: JsonObject

  package init(_ fields: JsonObject) { self.fields = fields }

  package init(_ value: JsonValue) throws {
    guard case .table(let fields) = value else { throw CaseFault("a table is missing") }
    self.fields = fields
  }

  package var names: [String] { fields.names }

  package func value(_ name: String) throws -> JsonValue {
    guard let found = fields[name] else { throw CaseFault("the case has no \(name)") }
    return found
  }

  package func isNull(_ name: String) -> Bool { fields[name].map { $0 == .null } ?? true }

  package func table(_ name: String) throws -> Said { try Said(value(name)) }

  package func tables(_ name: String) throws -> [Said] { try items(name).map(Said.init) }

  package func items(_ name: String) throws -> [JsonValue] { try value(name).listed(name) }

  package func text(_ name: String) throws -> String {
    guard case .text(let found) = try value(name) else { throw CaseFault("\(name) is no text") }
    return found.text
  }

  package func textOrNil(_ name: String) throws -> String? { isNull(name) ? nil : try text(name) }

  package func texts(_ name: String) throws -> [String] {
    try items(name).map {
      guard case .text(let found) = $0 else { throw CaseFault("\(name) holds what is no text") }
      return found.text
    }
  }

  package func int(_ name: String) throws -> Int { try value(name).whole(name) }

  package func intOrNil(_ name: String) throws -> Int? { isNull(name) ? nil : try int(name) }

  package func ints(_ name: String) throws -> [Int] { try items(name).map { try $0.whole(name) } }

  package func double(_ name: String) throws -> Double { try value(name).real(name) }

  package func doubleOrNil(_ name: String) throws -> Double? { isNull(name) ? nil : try double(name) }

  package func doubles(_ name: String) throws -> [Double] { try items(name).map { try $0.real(name) } }

  package func doublesOfLists(_ name: String) throws -> [[Double]] {
    try items(name).map { list in try list.listed(name).map { try $0.real(name) } }
  }

  package func bool(_ name: String) throws -> Bool {
    guard case .boolean(let found) = try value(name) else { throw CaseFault("\(name) is neither true nor false") }
    return found
  }

  package func boolOrNil(_ name: String) throws -> Bool? { isNull(name) ? nil : try bool(name) }
}

extension JsonValue {
  package func whole(_ name: String) throws -> Int {
    guard case .number(let number) = self, let found = number.int else {
      throw CaseFault("\(name) is no whole number")
    }
    return found
  }

  package func real(_ name: String) throws -> Double {
    guard case .number(let number) = self else { throw CaseFault("\(name) is no number") }
    return number.double
  }

  package func listed(_ name: String) throws -> [JsonValue] {
    guard case .list(let found) = self else { throw CaseFault("\(name) is no list") }
    return found
  }
}
