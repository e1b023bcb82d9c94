// Figures of a run.

/// What a file's turns amount to; null where the method gives no figure. Times in ms, cv and drift as shares.
public struct Statistics: Equatable, Sendable {
  public var runs: Int
  public var turns: Int
  public var undisturbedTurns: Int
  public var p50Ms: Double?
  public var p50LowMs: Double?
  public var p50HighMs: Double?
  public var p50AllMs: Double?
  public var p90Ms: Double?
  public var p99Ms: Double?
  public var cv: Double?
  public var drift: Double?

  public init(
    runs: Int,
    turns: Int,
    undisturbedTurns: Int,
    p50Ms: Double? = nil,
    p50LowMs: Double? = nil,
    p50HighMs: Double? = nil,
    p50AllMs: Double? = nil,
    p90Ms: Double? = nil,
    p99Ms: Double? = nil,
    cv: Double? = nil,
    drift: Double? = nil
  ) {
    self.runs = runs
    self.turns = turns
    self.undisturbedTurns = undisturbedTurns
    self.p50Ms = p50Ms
    self.p50LowMs = p50LowMs
    self.p50HighMs = p50HighMs
    self.p50AllMs = p50AllMs
    self.p90Ms = p90Ms
    self.p99Ms = p99Ms
    self.cv = cv
    self.drift = drift
  }
}
