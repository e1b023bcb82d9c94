// Medians, percentiles and deviations.

/// Medians, percentiles and deviations of numbers; there must be one, of a deviation two.
public enum Samples {
  /// A percentile, linear between the neighbours in order; the lowest value is 0 %, the highest 100 %.
  public static func percentile(_ values: [Double], _ percent: Double) -> Double {
    percentile(ordered: values.sorted(), percent)
  }

  /// The one in the middle, or the mean of the two there.
  public static func median(_ values: [Double]) -> Double {
    precondition(!values.isEmpty, "no values have no median")
    let ordered = values.sorted()
    let half = ordered.count / 2
    return ordered.count % 2 == 1 ? ordered[half] : (ordered[half - 1] + ordered[half]) / 2
  }

  /// The mean.
  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// The standard deviation of a sample of two or more.
  static func deviation(_ values: [Double]) -> Double {
    let middle = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
    return (squares / Double(values.count - 1)).squareRoot()
  }

  /// A percentile of values that are in order.
  static func percentile(ordered: [Double], _ percent: Double) -> Double {
    precondition(!ordered.isEmpty && (0...100).contains(percent), "no values have no percentile")
    let at = percent / 100 * Double(ordered.count - 1)
    let low = min(Int(at), ordered.count - 1)
    let high = min(low + 1, ordered.count - 1)
    return ordered[low] + (at - Double(low)) * (ordered[high] - ordered[low])
  }
}
