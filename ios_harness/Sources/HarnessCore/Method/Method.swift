// The figures of docs/method.md.

import Foundation

/// The figures of docs/method.md, made of turns.
public enum Method {
  public static let leastUndisturbed = 12
  public static let halfWidth = 0.03
  private static let runAllowance = 0.025
  private static let leastRunsP90 = 64
  private static let leastRunsP99 = 662
  private static let leastTurnsDrift = 4

  /// Compute what turns amount to. `best`: the least that the yardstick is known to take on this device.
  public static func statisticsOf(_ turns: [Turn], _ best: Reading, threads: Int) -> Statistics {
    statistics(turns, kept: Disturbance.undisturbed(turns, best, threads: threads))
  }

  /// Whether a file needs no further turn.
  public static func isEnough(_ turns: [Turn], _ best: Reading, threads: Int) -> Bool {
    let kept = Disturbance.undisturbed(turns, best, threads: threads)
    guard kept.count >= leastUndisturbed else { return false }
    return statistics(kept, kept: kept).halfWidth.map { $0 < halfWidth } ?? false
  }

  /// The least of a run's own readings, where no better is known; nil without a turn.
  public static func bestOf(_ turns: [Turn]) -> Reading? {
    let readings = turns.flatMap { [$0.before, $0.after] }
    guard let integerMs = readings.map(\.integerMs).min(), let memoryMs = readings.map(\.memoryMs).min() else {
      return nil
    }
    return Reading(integerMs: integerMs, memoryMs: memoryMs)
  }

  private static func statistics(_ turns: [Turn], kept: [Turn]) -> Statistics {
    let counted = kept.count >= leastUndisturbed ? kept : turns
    let runs = counted.flatMap(\.executeMs).sorted()
    guard !runs.isEmpty else { return Statistics(runs: 0, turns: turns.count, undisturbedTurns: kept.count) }
    let p50 = Samples.percentile(ordered: runs, 50)
    let interval = Intervals.ofMedian(counted.map(\.executeMs)).flatMap { widened(p50, $0) }
    let singles = turns.allSatisfy { $0.batch == 1 } ? runs : []  // the spread of means is another
    return Statistics(
      runs: turns.reduce(0) { $0 + $1.executeMs.count },
      turns: turns.count,
      undisturbedTurns: kept.count,
      p50Ms: p50,
      p50LowMs: interval?.low,
      p50HighMs: interval?.high,
      p50AllMs: Samples.percentile(turns.flatMap(\.executeMs), 50),
      p90Ms: singles.count >= leastRunsP90 ? Samples.percentile(ordered: singles, 90) : nil,
      p99Ms: singles.count >= leastRunsP99 ? Samples.percentile(ordered: singles, 99) : nil,
      cv: singles.count > 1 ? known(Samples.deviation(singles) / Samples.mean(singles)) : nil,
      drift: drift(counted)
    )
  }

  /// Widen a median's interval by what no run sees from inside; errors add as squares on the log scale.
  private static func widened(_ value: Double, _ interval: Interval) -> Interval? {
    let below = hypot(log(value / interval.low), runAllowance)
    let above = hypot(log(interval.high / value), runAllowance)
    guard let low = known(value * exp(-below)), let high = known(value * exp(above)) else { return nil }
    return Interval(low: low, high: high)
  }

  private static func drift(_ turns: [Turn]) -> Double? {
    guard turns.count >= leastTurnsDrift else { return nil }
    let medians = turns.map(\.executeMs).filter { !$0.isEmpty }.map(Samples.median)
    let half = medians.count / 2
    guard half > 0 else { return nil }
    return known(Samples.median(Array(medians.suffix(half))) / Samples.median(Array(medians.prefix(half))) - 1)
  }

  /// A figure; nil where runs of no length at all give none.
  private static func known(_ figure: Double) -> Double? { figure.isFinite ? figure : nil }
}

extension Statistics {
  /// Half the width of p50's interval, as a share of p50.
  public var halfWidth: Double? {
    guard let p50Ms, let p50LowMs, let p50HighMs else { return nil }
    return (p50HighMs - p50LowMs) / 2 / p50Ms
  }
}
