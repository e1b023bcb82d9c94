// How far a job has come.

/// What a job is doing, or how it ended.
public enum JobState: String, CaseIterable, Sendable {
  case running
  case finished
  case refused
  case failed
}

/// What progress.json says; docs/bundle.md, "Results". `run`: the place in the job of what runs now, of `runs`.
public struct Progress: Equatable, Sendable {
  public var job: String
  public var bundle: String
  public var state: JobState
  public var run: Int
  public var runs: Int
  public var phase: String
  public var reason: String?
  public var at: String

  public init(
    job: String, bundle: String, state: JobState, run: Int, runs: Int, phase: String, reason: String?, at: String
  ) {
    self.job = job
    self.bundle = bundle
    self.state = state
    self.run = run
    self.runs = runs
    self.phase = phase
    self.reason = reason
    self.at = at
  }

  /// Write it.
  public func toJson() -> String {
    JsonWriter.write(
      .table([
        "schema_version": "1.0",
        "job": .of(job),
        "bundle": .of(bundle),
        "state": .of(state.rawValue),
        "run": .of(run),
        "runs": .of(runs),
        "phase": .of(Texts.printable(phase)),
        "reason": .of(reason.map { Texts.printable($0) }),
        "at": .of(at),
      ])
    )
  }
}
