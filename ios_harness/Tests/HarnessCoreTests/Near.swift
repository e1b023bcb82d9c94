@testable import HarnessCore

/// Compares figures with those of method.json.
enum Near {
  static let method = Cases.of("method")

  /// Whether two figures are the same to a relative 1e-9, or neither is one.
  static func are(_ found: Double?, _ wanted: Double?, tolerance: Double = 1e-9) -> Bool {
    guard let found, let wanted else { return found == nil && wanted == nil }
    return abs(found - wanted) <= tolerance * max(1, abs(found), abs(wanted))
  }

  static func are(_ found: Interval?, _ wanted: [JsonValue]) -> Bool {
    wanted.count == 2 && are(found?.low, wanted[0].number?.double) && are(found?.high, wanted[1].number?.double)
  }

  static func are(_ found: Difference, _ wanted: JsonObject) -> Bool {
    are(found.value, wanted.double("value")) && found.isShown == wanted.bool("shown")
      && are(found.interval?.low, wanted.doubleOrNil("low")) && are(found.interval?.high, wanted.doubleOrNil("high"))
  }

  static func are(_ found: Statistics, _ wanted: Statistics) -> Bool {
    [found.runs, found.turns, found.undisturbedTurns] == [wanted.runs, wanted.turns, wanted.undisturbedTurns]
      && zip(figures(found), figures(wanted)).allSatisfy { are($0, $1) }
  }

  static func lists(_ said: JsonObject, _ name: String) -> [[Double]] {
    said.items(name).map { $0.items!.map { $0.number!.double } }
  }

  static func matrices(_ said: JsonObject, _ name: String) -> [Confusion] {
    said.items(name).map { matrix in
      let rows = matrix.items!.map { $0.items!.map { $0.number!.nearestInt } }
      var found = Confusion(classes: rows.count)
      found.add(rows.flatMap { $0 })
      return found
    }
  }

  private static func figures(_ it: Statistics) -> [Double?] {
    [it.p50Ms, it.p50LowMs, it.p50HighMs, it.p50AllMs, it.p90Ms, it.p99Ms, it.cv, it.drift]
  }
}
