@testable import HarnessCore

/// Damage to a document: one value somewhere in it is another, is gone, or is one from elsewhere in it.
enum DocumentDamage {
  private static let nasty: [JsonValue] = [
    "../../etc/passwd", "a b; rm -rf ~", "$(reboot)", "a\nb", "\u{202E}", "\u{FC}", "u\u{308}", "a\\b", "",
    .of(String(repeating: "x", count: 5000)), "\0", .text(JsonText("\u{FFFD}", isWhole: false)), "ok", "2.0", "1.9", -1,
    0, .of(Int.max), .of(Int.min), .of(1e308), .of(0.5), .number(JsonNumber("1e999")),
    .number(JsonNumber("99999999999999999999")), true, nil, [], .table(JsonObject()),
  ]

  private enum Step: Equatable {
    case field(String)
    case item(Int)
  }

  /// Change one value somewhere in a document.
  static func of(_ document: JsonObject, _ chance: inout Chance) -> JsonObject {
    let all = places(.table(document), [])
    let spot = all[chance.below(all.count)]
    let other = value(.table(document), all[chance.below(all.count)])
    let way = chance.below(5)
    let new = nasty[chance.below(nasty.count)]
    let nearer = [1, -1, 1 << 40][chance.below(3)]
    let found = changed(.table(document), spot[...]) { old in
      switch (way, old) {
      case (0, _): return nil
      case (1, .table(var table)):
        table["surprise"] = new
        return .table(table)
      case (2, _): return other
      case (3, .number(let number)):
        return number.isWhole ? .of(number.nearestInt &+ nearer) : .of(number.double * 1e9)
      default: return new
      }
    }
    return found?.table ?? JsonObject()
  }

  private static func places(_ value: JsonValue, _ path: [Step]) -> [[Step]] {
    let inside: [(step: Step, value: JsonValue)]
    switch value {
    case .table(let table): inside = zip(table.names, table.values).map { (Step.field($0), $1) }
    case .list(let items): inside = items.enumerated().map { (Step.item($0), $1) }
    default: inside = []
    }
    var found: [[Step]] = []
    for one in inside {
      found.append(path + [one.step])
      found += places(one.value, path + [one.step])
    }
    return found
  }

  private static func value(_ value: JsonValue, _ path: [Step]) -> JsonValue {
    path.reduce(value) { found, step in
      switch (found, step) {
      case (.table(let table), .field(let name)): table[name]!
      case (.list(let items), .item(let place)): items[place]
      default: .null
      }
    }
  }

  private static func changed(
    _ value: JsonValue, _ path: ArraySlice<Step>, _ change: (JsonValue) -> JsonValue?
  ) -> JsonValue? {
    guard let step = path.first else { return change(value) }
    switch (value, step) {
    case (.table(var table), .field(let name)):
      table[name] = changed(table[name]!, path.dropFirst(), change)
      return .table(table)
    case (.list(var items), .item(let place)):
      if let inside = changed(items[place], path.dropFirst(), change) {
        items[place] = inside
      } else {
        items.remove(at: place)
      }
      return .list(items)
    default: return value
    }
  }
}
