import Testing

@testable import HarnessCore

/// The method and the scores: every case of method.json, to a relative 1e-9.
@Suite struct MethodCasesTests {
  @Test(arguments: Near.method.tables("draws"))
  func drawingIsTheDocumentedHash(_ said: JsonObject) {
    let count = said.int("count")
    #expect((0..<(2 * count)).map { Draws.draw($0, count) } == said.ints("first"))
  }

  @Test(arguments: Near.method.tables("percentile"))
  func percentilesAreLinearBetweenNeighbours(_ said: JsonObject) {
    #expect(Near.are(Samples.percentile(said.doubles("values"), said.double("percent")), said.double("is")))
  }

  @Test(arguments: Near.method.tables("median_interval"))
  func intervalsOfTheMedianAreReached(_ said: JsonObject) {
    #expect(Near.are(Intervals.ofMedian(Near.lists(said, "turns")), said.items("is")))
  }

  @Test(arguments: Near.method.tables("ratio"))
  func ratiosAreReached(_ said: JsonObject) {
    let rule = said.text("rule") == "ratio" ? Differences.ratio : Differences.unpairedRatio
    let (first, second) = (Near.lists(said, "first"), Near.lists(said, "second"))
    #expect(Near.are(rule(first, second, said.int("pairs"), said.double("allowance")), said.table("is")))
  }

  @Test(arguments: Near.method.tables("miou"))
  func scoresAndTheirIntervalsAreReached(_ said: JsonObject) {
    let (first, second) = (Near.matrices(said, "first"), Near.matrices(said, "second"))
    #expect(Near.are(Differences.total(first).miou(), said.doubleOrNil("miou")))
    #expect(Near.are(Intervals.ofMiou(first), said.items("interval")))
    #expect(Near.are(Differences.ofMiou(first, second, pairs: said.int("pairs")), said.table("difference")))
  }

  @Test(arguments: Near.method.tables("disturbance"))
  func disturbedTurnsAreTold(_ said: JsonObject) {
    let best = Saying.reading(said.table("best"))
    let found = Disturbance.of(Saying.turn(said.table("turn")), best, threads: said.int("threads"))
    #expect((found == nil) == said.bool("undisturbed"))
  }

  @Test(arguments: Near.method.tables("statistics"))
  func statisticsAndTheirVerdictsAreReached(_ said: JsonObject) {
    let turns = said.tables("turns").map(Saying.turn)
    let best = Saying.reading(said.table("best"))
    let found = Method.statisticsOf(turns, best, threads: said.int("threads"))
    #expect(Near.are(found, Saying.statistics(said.table("is"))))
    #expect(Method.isEnough(turns, best, threads: said.int("threads")) == said.bool("is_enough"))
    let verdict = Verdict.of(found, Conditions(isBestKnown: true))
    #expect(verdict.kind.rawValue == said.text("verdict"))
    #expect(verdict.reasons.count == said.int("reasons"))
  }

  @Test(arguments: Near.method.tables("verdict"))
  func verdictsAreReachedWithTheirSentences(_ said: JsonObject) {
    let verdict = Verdict.of(
      Saying.statistics(said.table("statistics")), Saying.conditions(said.table("conditions")))
    #expect(verdict.kind.rawValue == said.text("is"))
    #expect(verdict.reasons == said.texts("reasons"))
  }

  @Test(arguments: Near.method.tables("seen"))
  func whatWasSeenOfTheDeviceIsSummedUp(_ said: JsonObject) {
    let turns = said.tables("turns").map(Saying.lookedAt)
    let (start, end) = (said["start"]?.table.map(Saying.state), said["end"]?.table.map(Saying.state))
    let found = Conditions(isBestKnown: true).seen(start: start, turns: turns, end: end)
    let wanted = said.table("is")
    #expect(found.frequency == wanted.doubleOrNil("frequency"))
    #expect(found.thermal == wanted.textOrNil("thermal"))
    #expect(found.isLowPower == wanted.boolOrNil("low_power"))
    #expect(found.isHidden == wanted.boolOrNil("hidden"))
  }

  @Test func noSetOfTheFileIsLeftOut() {
    let known = [
      "about", "draws", "percentile", "median_interval", "ratio", "miou", "disturbance", "statistics", "seen",
      "verdict",
    ]
    #expect(Near.method.names == known)
  }
}
