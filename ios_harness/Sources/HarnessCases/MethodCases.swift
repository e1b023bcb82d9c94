import HarnessCore

/// The method: the cases of each list of method.json.
enum MethodCases {
  @Sendable static func draws(_ said: Said, _ at: CaseContext) throws {
    let count = try said.int("count")
    try expectEqual((0..<(2 * count)).map { Draws.draw($0, count) }, said.ints("first"), "what is drawn")
  }

  @Sendable static func percentile(_ said: Said, _ at: CaseContext) throws {
    let found = try Samples.percentile(said.doubles("values"), said.double("percent"))
    try expectNear(found, said.double("is"), "the percentile")
  }

  @Sendable static func medianInterval(_ said: Said, _ at: CaseContext) throws {
    try expectNear(Intervals.ofMedian(said.doublesOfLists("turns")), said.items("is"))
  }

  @Sendable static func ratio(_ said: Said, _ at: CaseContext) throws {
    let rule = try said.text("rule") == "ratio" ? Differences.ratio : Differences.unpairedRatio
    let found = try rule(
      said.doublesOfLists("first"), said.doublesOfLists("second"), said.int("pairs"), said.double("allowance"))
    try expectNear(found, said.table("is"))
  }

  @Sendable static func miou(_ said: Said, _ at: CaseContext) throws {
    let first = try said.items("first").map(ScoreCases.matrix)
    let second = try said.items("second").map(ScoreCases.matrix)
    try expectNear(Differences.total(first).miou(), said.doubleOrNil("miou"), "the mIoU")
    try expectNear(Intervals.ofMiou(first), said.items("interval"))
    try expectNear(Differences.ofMiou(first, second, pairs: said.int("pairs")), said.table("difference"))
  }

  @Sendable static func disturbance(_ said: Said, _ at: CaseContext) throws {
    let found = try Disturbance.of(
      Turn(said.table("turn")), Reading(said.table("best")), threads: said.int("threads"))
    try expectEqual(found == nil, said.bool("undisturbed"), "undisturbed")
  }

  @Sendable static func statistics(_ said: Said, _ at: CaseContext) throws {
    let turns = try said.tables("turns").map { try Turn($0) }
    let best = try Reading(said.table("best"))
    let threads = try said.int("threads")
    let found = Method.statisticsOf(turns, best, threads: threads)
    try expectNear(found, Statistics(said.table("is")))
    try expectEqual(Method.isEnough(turns, best, threads: threads), said.bool("is_enough"), "whether it is enough")
    let verdict = Verdict.of(found, Conditions(isBestKnown: true))
    try expectEqual(verdict.kind.rawValue, said.text("verdict"), "the verdict")
    try expectEqual(verdict.reasons.count, said.int("reasons"), "the number of reasons")
  }

  @Sendable static func verdict(_ said: Said, _ at: CaseContext) throws {
    let found = try Verdict.of(Statistics(said.table("statistics")), Conditions(said.table("conditions")))
    try expectEqual(found.kind.rawValue, said.text("is"), "the verdict")
    try expectEqual(found.reasons, said.texts("reasons"), "its reasons")
  }

  @Sendable static func seen(_ said: Said, _ at: CaseContext) throws {
    let turns = try said.tables("turns").map { try Turn(lookedAt: $0) }
    let (start, end) = (try state(said, "start"), try state(said, "end"))
    let found = Conditions(isBestKnown: true).seen(start: start, turns: turns, end: end)
    let wanted = try said.table("is")
    try expectEqual(found.frequency, wanted.doubleOrNil("frequency"), "the frequency")
    try expectEqual(found.thermal, wanted.textOrNil("thermal"), "thermal")
    try expectEqual(found.isLowPower, wanted.boolOrNil("low_power"), "low power")
    try expectEqual(found.isHidden, wanted.boolOrNil("hidden"), "hidden")
  }

  private static func state(_ said: Said, _ name: String) throws -> StatePart? {
    said.isNull(name) ? nil : try StatePart(said.table(name))
  }

  private static func expectNear(_ found: Interval?, _ wanted: [JsonValue]) throws {
    guard wanted.count == 2 else { throw CaseFault("an interval has not two ends") }
    let ends = try wanted.map { $0 == .null ? nil : try $0.real("an interval") }
    try HarnessCases.expectNear(found?.low, ends[0], "the lower end")
    try HarnessCases.expectNear(found?.high, ends[1], "the upper end")
  }

  private static func expectNear(_ found: Double?, _ wanted: Double?, _ what: String) throws {
    try HarnessCases.expectNear(found, wanted, what)
  }

  private static func expectNear(_ found: Difference, _ wanted: Said) throws {
    try expectNear(found.value, wanted.double("value"), "the value")
    try expectNear(found.interval, [wanted.value("low"), wanted.value("high")])
    try expectEqual(found.isShown, wanted.bool("shown"), "whether it is shown")
  }

  private static func expectNear(_ found: Statistics, _ wanted: Statistics) throws {
    let counts = [found.runs, found.turns, found.undisturbedTurns]
    try expectEqual(counts, [wanted.runs, wanted.turns, wanted.undisturbedTurns], "the number of runs and turns")
    let figures: [(String, KeyPath<Statistics, Double?>)] = [
      ("p50", \.p50Ms), ("the lower end of p50", \.p50LowMs), ("the upper end of p50", \.p50HighMs),
      ("p50 of all", \.p50AllMs), ("p90", \.p90Ms), ("p99", \.p99Ms), ("cv", \.cv), ("drift", \.drift),
    ]
    for (name, figure) in figures { try expectNear(found[keyPath: figure], wanted[keyPath: figure], name) }
  }
}
