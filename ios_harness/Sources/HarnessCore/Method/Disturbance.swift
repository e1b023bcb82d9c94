// What disturbed a turn.

/// What disturbed a turn; docs/method.md, "Undisturbed turns".
public enum Disturbance {
  private static let nearInteger = 1.10
  private static let nearMemory = 1.25
  private static let waitedShare = 0.02
  private static let asleepShare = 0.05
  private static let othersShare = 0.15
  private static let othersMs = 20.0
  private static let steady = 0.05
  private static let steadyRuns = 8

  /// The turns that nothing disturbed. `threads`: of the runtime, 0 where the engine chooses.
  public static func undisturbed(_ turns: [Turn], _ best: Reading, threads: Int) -> [Turn] {
    turns.filter { of($0, best, threads: threads) == nil }
  }

  /// Say what disturbed a turn; nil where nothing did.
  public static func of(_ turn: Turn, _ best: Reading, threads: Int) -> String? {
    if let found = slow(turn.before, best, "before") ?? slow(turn.after, best, "after") { return found }
    if let waited = turn.waitedMs, waited > waitedShare * turn.wallMs { return "it waited for a processor" }
    if threads == 1, let cpu = turn.cpuMs, turn.wallMs - cpu > asleepShare * turn.wallMs {
      return "it did not run all the time"
    }
    let much = max(othersMs, othersShare * turn.wallMs)
    if let stolen = turn.stolenMs, stolen > much { return "the host of this virtual machine took the processor" }
    if let others = turn.othersMs, others > much { return "other processes worked beside it" }
    return isSteady(turn.executeMs) ? nil : "its speed changed within it"
  }

  private static func slow(_ reading: Reading, _ best: Reading, _ at: String) -> String? {
    if reading.integerMs > nearInteger * best.integerMs { return "the processor was slow right \(at) it" }
    if reading.memoryMs > nearMemory * best.memoryMs { return "memory was slow right \(at) it" }
    return nil
  }

  /// Whether the halves of a turn were alike; of an odd number the run in the middle is in neither.
  private static func isSteady(_ runs: [Double]) -> Bool {
    guard runs.count >= steadyRuns else { return true }
    let earlier = Samples.median(Array(runs.prefix(runs.count / 2)))
    let later = Samples.median(Array(runs.suffix(runs.count / 2)))
    return max(earlier, later) <= (1 + steady) * min(earlier, later)
  }
}
