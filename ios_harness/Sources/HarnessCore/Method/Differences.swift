// Two files compared.

import Foundation

/// A difference, or a ratio, with its interval, nil for too small a sample. `none`: the value of no difference.
package struct Difference: Equatable, Sendable {
  package var value: Double
  package var interval: Interval?
  var none: Double

  /// Whether the sample shows a difference.
  package var isShown: Bool { interval.map { $0.low > none || $0.high < none } ?? false }
}

/// Two files compared, at 95 % over the number of pairs that are looked at; docs/method.md, "Comparing two files".
package enum Differences {
  /// How many times the first's latency is of the second's, where both took turns in the same passes.
  package static func ratio(_ first: [[Double]], _ second: [[Double]], pairs: Int, allowance: Double) -> Difference {
    let logs = zip(first, second).map { log(Samples.median($0) / Samples.median($1)) }
    guard logs.count >= 2 else { return Difference(value: logs.first.map { exp($0) } ?? .nan, interval: nil, none: 1) }
    let drawn = (0..<Draws.rounds).map { round in
      Samples.median(logs.indices.map { logs[Draws.draw(round * logs.count + $0, logs.count)] })
    }
    return ofLogs(Samples.median(logs), spread: Samples.deviation(drawn), pairs: pairs, allowance: allowance)
  }

  /// How many times the first's latency is of the second's, where they were measured at other times.
  package static func unpairedRatio(_ first: [[Double]], _ second: [[Double]], pairs: Int, allowance: Double)
    -> Difference
  {
    let value = log(Samples.median(first.flatMap { $0 }) / Samples.median(second.flatMap { $0 }))
    guard min(first.count, second.count) >= 2 else { return Difference(value: exp(value), interval: nil, none: 1) }
    return ofLogs(value, spread: hypot(spread(first), spread(second)), pairs: pairs, allowance: allowance)
  }

  /// The first's mIoU less the second's, over the same photos in order.
  package static func ofMiou(_ first: [Confusion], _ second: [Confusion], pairs: Int) -> Difference {
    let value = (total(first).miou() ?? 0) - (total(second).miou() ?? 0)
    guard first.count >= Intervals.leastPhotos else { return Difference(value: value, interval: nil, none: 0) }
    let drawn = zip(Intervals.resampledMious(first), Intervals.resampledMious(second)).map { $0 - $1 }
    let reach = errors(pairs) * Samples.deviation(drawn)
    return Difference(value: value, interval: Interval(low: value - reach, high: value + reach), none: 0)
  }

  /// The one matrix over all photos, of which there must be one.
  package static func total(_ photos: [Confusion]) -> Confusion {
    photos.dropFirst().reduce(into: photos[0]) { $0.add($1.counts) }
  }

  private static func ofLogs(_ value: Double, spread: Double, pairs: Int, allowance: Double) -> Difference {
    let reach = errors(pairs) * spread + log1p(allowance)
    let interval = Interval(low: exp(value - reach), high: exp(value + reach))
    return Difference(value: exp(value), interval: interval, none: 1)
  }

  private static func errors(_ pairs: Int) -> Double { Normal.quantile(1 - 0.05 / Double(max(1, pairs)) / 2) }

  private static func spread(_ turns: [[Double]]) -> Double {
    Samples.deviation(Intervals.resampledMedians(turns).map { log($0) })
  }
}
