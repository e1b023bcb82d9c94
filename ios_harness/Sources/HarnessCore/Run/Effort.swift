/// How long one turn works; docs/method.md, "Turns and passes".
///
/// `sampleMs`: of runs that are timed. `warmUpMs`: of runs before them, at least 2 and at most 50. `wakeMs`: of work that
/// nothing is read from. `slowMs`: of a run that is long beside a cold cache. `yardstickReads`: before the first that counts.
public struct TurnEffort: Equatable, Sendable {
  public var sampleMs: Double
  public var warmUpMs: Double
  public var wakeMs: Double
  public var slowMs: Double
  public var yardstickReads: Int

  /// Runs of a turn: a thousand turns of so many are as many as a record takes.
  public static let mostRuns = 500
  private static let leastMs = 0.001

  public init(
    sampleMs: Double = 50, warmUpMs: Double = 500, wakeMs: Double = 5, slowMs: Double = 50, yardstickReads: Int = 2
  ) {
    self.sampleMs = sampleMs
    self.warmUpMs = warmUpMs
    self.wakeMs = wakeMs
    self.slowMs = slowMs
    self.yardstickReads = yardstickReads
  }

  /// Plan a turn's timed runs, where one takes so long.
  func runs(runMs: Double) -> Int { Self.count(sampleMs, runMs, 1...Self.mostRuns) }

  /// Plan the runs before the turn.
  func warmUpRuns(runMs: Double) -> Int { Self.count(warmUpMs, runMs, 2...50) }

  private static func count(_ wholeMs: Double, _ runMs: Double, _ bounds: ClosedRange<Int>) -> Int {
    let wanted = (wholeMs / max(runMs, leastMs)).rounded(.up)
    return Int(min(max(wanted, Double(bounds.lowerBound)), Double(bounds.upperBound)))
  }
}

/// How long a job goes on beyond what the bundle plans, and waits for the device; docs/method.md. Times in s.
///
/// `ceilingS`, `furtherFileS`: for files that have not enough, of one and of each further one. `readyS`: for a phone that
/// is locked, or an app that is not in front. `hotS`: for it to cool. `coolDownS`: a pause after each pass.
public struct JobEffort: Equatable, Sendable {
  public var leastPasses: Int
  public var ceilingS: Double
  public var furtherFileS: Double
  public var readyS: Double
  public var hotS: Double
  public var coolDownS: Double

  /// How often a step is tried that was interrupted by what says nothing of its file.
  public static let mostAttempts = 3

  public init(
    leastPasses: Int = 5, ceilingS: Double = 60, furtherFileS: Double = 5, readyS: Double = 60, hotS: Double = 600,
    coolDownS: Double = 0
  ) {
    self.leastPasses = leastPasses
    self.ceilingS = ceilingS
    self.furtherFileS = furtherFileS
    self.readyS = readyS
    self.hotS = hotS
    self.coolDownS = coolDownS
  }
}
