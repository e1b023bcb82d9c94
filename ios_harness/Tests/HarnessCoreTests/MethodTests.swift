import Testing

@testable import HarnessCore

/// What the method's parts give where no case of method.json looks.
@Suite struct MethodTests {
  @Test func theNormalQuantileHasTheDigitsThatItIsKnownBy() {
    let known: [(share: Double, value: Double)] = [(0.975, 1.959963984540054), (0.999, 3.0902323061678132), (0.5, 0)]
    for (share, value) in known { #expect(abs(Normal.quantile(share) - value) <= 1e-9) }
    #expect(abs(Normal.quantile(1 - 1e-10) - 6.361340902404056) <= 1e-5)
  }

  @Test func numbersAreRoundedAsPythonRoundsThem() {
    // What Python gives for f"{value:.{places}f}".
    let wanted: [(Double, Int, String)] = [
      (0.6, 2, "0.60"), (0.125, 2, "0.12"), (0.375, 2, "0.38"), (2.5, 0, "2"), (3.5, 0, "4"), (0.5, 0, "0"),
      (1.005, 2, "1.00"), (2.675, 2, "2.67"), (9.995, 2, "9.99"), (99.95, 1, "100.0"), (0.05, 1, "0.1"),
      (0.25, 1, "0.2"), (-0.125, 2, "-0.12"), (-7.5, 0, "-8"), (0, 3, "0.000"), (12, 0, "12"),
      (.leastNonzeroMagnitude, 2, "0.00"),
      (1e22, 1, "10000000000000000000000.0"), (0.1, 20, "0.10000000000000000555"), (0.500001, 0, "1"),
      (0.50000000000000011, 0, "1"), (0.0009999999, 3, "0.001"), (123_456_789.987654321, 3, "123456789.988"),
    ]
    for (value, places, text) in wanted { #expect(Decimals.fixed(value, places: places) == text) }
    #expect(Decimals.percent(0.125, places: 1) == "12.5%")
    #expect(Decimals.rounded(2.675, places: 2) == 2.67)
    #expect(Decimals.fixed(.greatestFiniteMagnitude, places: 0).utf8.count == 309)
  }

  @Test func runsOfNoLengthGiveNoFigureThatIsNoNumber() {
    let turns = (0..<20).map { number -> Turn in
      var turn = Made.turn(number, runs: 40)
      turn.executeMs = turn.executeMs.map { _ in 0 }
      return turn
    }
    let found = Method.statisticsOf(turns, Made.quick, threads: 1)
    #expect(found.p50Ms == 0)
    #expect([found.p50LowMs, found.p50HighMs, found.cv, found.drift] == [nil, nil, nil, nil])
  }

  @Test func turnsWithoutARunAreNoFault() {
    let turns = (0..<20).map { Made.turn($0, runs: $0 % 2) }
    #expect(Method.statisticsOf(turns, Made.quick, threads: 1).runs == 10)
    #expect(Method.statisticsOf((0..<20).map { Made.turn($0, runs: 0) }, Made.quick, threads: 1).p50Ms == nil)
  }

  @Test func theBestIsTheLeastOfAllReadings() {
    #expect(Method.bestOf([]) == nil)
    var slow = Made.turn(0, runs: 1)
    slow.before = Reading(integerMs: 0.3, memoryMs: 2)
    #expect(Method.bestOf([slow, Made.turn(1, runs: 1)]) == Reading(integerMs: 0.3, memoryMs: 0.75))
  }
}
