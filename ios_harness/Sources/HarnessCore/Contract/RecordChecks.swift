// What a reader checks of a record beyond its schema.

/// What a reader checks of a record beyond its schema; docs/record.md, below its fields.
enum RecordChecks {
  private static let mostRuns = 1_000_000

  /// Throws `RecordRefused` for the first part that does not fit.
  static func check(_ document: JsonObject) throws {
    try checkRuns(document)
    if let quality = document["quality"]?.table { try checkQuality(quality) }
    try checkStatus(document)
    if let place = UnexplainedNull.of(document, reasons: document.table("unknown").names) {
      throw RecordReader.damaged(.null, "\(place) is null, and `unknown` does not say why")
    }
  }

  private static func checkRuns(_ document: JsonObject) throws {
    let turns = document.tables("turns")
    var runs = 0
    for turn in turns {
      let count = turn.items("execute_ms").count
      runs += count
      for name in ["at_ms", "pre_ms", "post_ms"] {
        if let samples = turn[name]?.items, samples.count != count {
          throw RecordReader.damaged(.samples, "a turn has another number of \(name)")
        }
      }
      try checkCores(turn)
    }
    if runs > mostRuns { throw RecordReader.damaged(.outOfBounds, "it has more than \(mostRuns) runs") }
    guard let said = document["statistics"]?.table else { return }
    if said.int("turns") != turns.count || said.int("runs") != runs {
      throw RecordReader.damaged(.statistics, "its statistics are of other runs than it has")
    }
  }

  private static func checkCores(_ turn: JsonObject) throws {
    guard let device = turn["device"]?.table, let shares = device["frequency_share"]?.items else { return }
    if shares.count != device["cores"]?.items?.count {
      throw RecordReader.damaged(.samples, "a turn has frequencies of another number of cores than it was seen on")
    }
  }

  private static func checkQuality(_ quality: JsonObject) throws {
    let classes = quality.items("classes")
    let isWhole = quality.tables("photos").allSatisfy { photo in
      let rows = photo.items("confusion")
      return rows.count == classes.count && rows.allSatisfy { $0.items?.count == classes.count }
    }
    if Set(classes).count < classes.count || !isWhole {
      throw RecordReader.damaged(.classes, "a class is there twice, or a matrix is not as large as its classes")
    }
  }

  private static func checkStatus(_ document: JsonObject) throws {
    let isOk = document.text("status") == "ok"
    let verdict = document.textOrNil("verdict")
    let hasResults = !document.items("turns").isEmpty || verdict != nil
    if isOk != document.text("reason").isEmpty || (!isOk && hasResults) {
      throw RecordReader.damaged(.status, "its status does not fit its reason, its turns or its verdict")
    }
    if (verdict == "UNSTABLE" || verdict == "INVALID") == document.items("verdict_reasons").isEmpty {
      throw RecordReader.damaged(.verdict, "its verdict does not fit its reasons")
    }
  }
}
