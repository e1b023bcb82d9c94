// How sure a median or a score is.

/// Both ends of an interval.
public struct Interval: Equatable, Sendable {
  public var low: Double
  public var high: Double

  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

/// How sure a median or a score is: 95 % intervals of percentile bootstraps; docs/method.md, "Figures".
package enum Intervals {
  static let leastPhotos = 10
  private static let lowPercent = 2.5
  private static let highPercent = 97.5

  /// The interval of the median over all runs of the turns, whole turns drawn; nil for fewer than two turns.
  package static func ofMedian(_ turns: [[Double]]) -> Interval? {
    turns.count < 2 || turns.allSatisfy(\.isEmpty) ? nil : ends(resampledMedians(turns))
  }

  /// The interval of the mIoU over photos, from their matrices; nil for fewer than ten.
  package static func ofMiou(_ photos: [Confusion]) -> Interval? {
    photos.count < leastPhotos ? nil : ends(resampledMious(photos))
  }

  /// The medians over the runs of drawn turns, one a round.
  package static func resampledMedians(_ turns: [[Double]]) -> [Double] {
    let runs = turns.enumerated().flatMap { place, turn in turn.map { (value: $0, turn: place) } }
      .sorted { $0.value < $1.value }
    return (0..<Draws.rounds).map { round in
      let times = Draws.timesDrawn(round, turns.count)
      return weightedMedian(runs, times, total: zip(times, turns).reduce(0) { $0 + $1.0 * $1.1.count })
    }
  }

  /// The median where each value stands as often as its turn was drawn; `total`: all of them.
  private static func weightedMedian(_ runs: [(value: Double, turn: Int)], _ times: [Int], total: Int) -> Double {
    let lower = (total + 1) / 2
    let upper = total / 2 + 1
    var upTo = 0
    var first: Double?
    for run in runs {
      upTo += times[run.turn]
      if first == nil, upTo >= lower { first = run.value }
      if let first, upTo >= upper { return (first + run.value) / 2 }
    }
    return .nan
  }

  /// The mIoUs over drawn photos of the same classes, one a round; 0 where no pixel drawn has a label.
  package static func resampledMious(_ photos: [Confusion]) -> [Double] {
    (0..<Draws.rounds).map { round in
      let times = Draws.timesDrawn(round, photos.count)
      var drawn = Confusion(classes: photos[0].classes)
      for (photo, often) in zip(photos, times) where often > 0 {
        drawn.add(photo.counts.map { $0 * often })
      }
      return drawn.miou() ?? 0
    }
  }

  private static func ends(_ drawn: [Double]) -> Interval {
    let ordered = drawn.sorted()
    return Interval(
      low: Samples.percentile(ordered: ordered, lowPercent),
      high: Samples.percentile(ordered: ordered, highPercent)
    )
  }
}
