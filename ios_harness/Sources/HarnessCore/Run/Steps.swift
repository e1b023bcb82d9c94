/// Which step of a job is next, of how many that are planned so far.
///
/// `share`: of the job, 0 to 1, that is done. It never falls, though more may be planned on the way; runs are taken in
/// an order that is shuffled, so their places say nothing of how far a job is.
public struct Steps: Equatable, Sendable {
  public var number: Int
  public var planned: Int
  public var share: Double

  public init(number: Int, planned: Int, share: Double) {
    self.number = number
    self.planned = planned
    self.share = share
  }
}

/// Counts them.
struct StepCount {
  private let said: (Steps) -> Void
  private var left: [Int: Int] = [:]
  private var done = 0
  private var share = 0.0

  init(_ said: @escaping (Steps) -> Void) { self.said = said }

  /// So many more of a run are planned.
  mutating func plan(_ run: Int, steps: Int) { left[run, default: 0] += steps }

  /// Say which step is next.
  mutating func begin() {
    let planned = done + max(1, left.values.reduce(0, +))
    share = max(share, Double(done) / Double(planned))
    said(Steps(number: done + 1, planned: planned, share: share))
  }

  /// A run took its step.
  mutating func end(_ run: Int) {
    done += 1
    left[run] = max(0, left[run, default: 0] - 1)
  }

  /// A run takes one step less than was planned.
  mutating func leaveOut(_ run: Int) { left[run] = max(0, left[run, default: 0] - 1) }

  /// A run dropped out, and takes none of what was planned for it.
  mutating func drop(_ run: Int) { left[run] = nil }
}
