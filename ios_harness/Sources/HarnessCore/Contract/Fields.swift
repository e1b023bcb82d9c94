// Fields of a document that its schema has been held against: what is asked for is there and of its type.
// Any other use is a fault of this program, and ends it; what comes from outside goes through a schema first.

extension JsonValue {
  var table: JsonObject? { if case .table(let table) = self { table } else { nil } }
  var items: [JsonValue]? { if case .list(let items) = self { items } else { nil } }
  var text: String? { if case .text(let text) = self { text.text } else { nil } }
  var number: JsonNumber? { if case .number(let number) = self { number } else { nil } }
  var boolean: Bool? { if case .boolean(let isTrue) = self { isTrue } else { nil } }
}

extension JsonNumber {
  /// Its value where it is whole; the nearest that there is where it does not fit.
  var nearestInt: Int { int ?? (double < 0 ? .min : .max) }
}

extension JsonObject {
  func table(_ name: String) -> JsonObject { sure(self[name]?.table, name) }

  func tables(_ name: String) -> [JsonObject] { items(name).map { sure($0.table, name) } }

  func items(_ name: String) -> [JsonValue] { sure(self[name]?.items, name) }

  func text(_ name: String) -> String { sure(self[name]?.text, name) }

  func textOrNil(_ name: String) -> String? { self[name]?.text }

  func texts(_ name: String) -> [String] { items(name).map { sure($0.text, name) } }

  func int(_ name: String) -> Int { sure(intOrNil(name), name) }

  func intOrNil(_ name: String) -> Int? { self[name]?.number?.nearestInt }

  func ints(_ name: String) -> [Int] { items(name).map { sure($0.number, name).nearestInt } }

  func double(_ name: String) -> Double { sure(doubleOrNil(name), name) }

  func doubleOrNil(_ name: String) -> Double? { self[name]?.number?.double }

  func doubles(_ name: String) -> [Double] { items(name).map { sure($0.number, name).double } }

  func bool(_ name: String) -> Bool { sure(boolOrNil(name), name) }

  func boolOrNil(_ name: String) -> Bool? { self[name]?.boolean }

  func colors(_ name: String) -> [[Int]] {
    items(name).map { color in sure(color.items, name).map { sure($0.number, name).nearestInt } }
  }

  private func sure<Found>(_ found: Found?, _ name: String) -> Found {
    guard let found else { preconditionFailure("\(name) was read before its schema was looked at") }
    return found
  }
}
