// Looks for a null without a reason.

/// Looks for a null that `unknown` gives no reason for; docs/record.md, "Fields".
struct UnexplainedNull {
  /// A step on the way to a value: the name of a field, written as a pointer has it, or a place in a list.
  private struct Step {
    let text: [UInt8]
    let isPlace: Bool
  }

  private let reasons: Set<[UInt8]>
  private let starred: [[ArraySlice<UInt8>]]
  private var steps: [Step] = []

  /// Give the pointer (RFC 6901) of the first null without a reason; `*` stands for any place in a list.
  static func of(_ document: JsonObject, reasons: [String]) -> String? {
    var search = UnexplainedNull(reasons)
    return search.first(in: .table(document))
  }

  private init(_ reasons: [String]) {
    let pointers = reasons.map { Array($0.utf8) }
    self.reasons = Set(pointers)
    starred = pointers.filter { $0.contains(UInt8(ascii: "*")) }
      .map { $0.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) }
  }

  private mutating func first(in value: JsonValue) -> String? {
    switch value {
    case .null: return isExplained ? nil : String(decoding: pointer, as: UTF8.self)
    case .table(let table):
      for (name, inside) in zip(table.names, table.values) {
        guard mayHoldNull(inside) else { continue }
        steps.append(Step(text: Self.escaped(name), isPlace: false))
        if let found = first(in: inside) { return found }
        steps.removeLast()
      }
    case .list(let items):
      for (place, inside) in items.enumerated() {
        guard mayHoldNull(inside) else { continue }
        steps.append(Step(text: Array(String(place).utf8), isPlace: true))
        if let found = first(in: inside) { return found }
        steps.removeLast()
      }
    case .text, .number, .boolean: break
    }
    return nil
  }

  /// A list that begins with a number holds numbers alone, as its schema was looked at.
  private func mayHoldNull(_ value: JsonValue) -> Bool {
    switch value {
    case .null, .table: return true
    case .list(let items):
      if case .number? = items.first { return false }
      return !items.isEmpty
    case .text, .number, .boolean: return false
    }
  }

  private var pointer: [UInt8] { steps.flatMap { [UInt8(ascii: "/")] + $0.text } }

  private var isExplained: Bool { reasons.contains(pointer) || starred.contains(where: fits) }

  private func fits(_ entry: [ArraySlice<UInt8>]) -> Bool {
    entry.count == steps.count + 1
      && zip(entry.dropFirst(), steps).allSatisfy { part, step in
        part.elementsEqual(step.text) || (step.isPlace && part.elementsEqual([UInt8(ascii: "*")]))
      }
  }

  private static func escaped(_ name: String) -> [UInt8] {
    name.utf8.flatMap { sign -> [UInt8] in
      switch sign {
      case UInt8(ascii: "~"): Array("~0".utf8)
      case UInt8(ascii: "/"): Array("~1".utf8)
      default: [sign]
      }
    }
  }
}
