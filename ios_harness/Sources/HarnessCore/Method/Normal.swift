// The normal distribution.

import Foundation

/// The normal distribution, to some thirteen digits.
enum Normal {
  private static let steps = 60
  private static let far = 5.0

  /// The value below which a share of `probability`, between a half and one, lies.
  static func quantile(_ probability: Double) -> Double {
    let tail = 1 - probability
    var value = tail < 0.5 ? max(0, -2 * log(2 * tail)).squareRoot() : 0
    for _ in 0..<steps {
      let step = (above(value) - tail) / density(value)
      value += step
      if abs(step) < 1e-15 * max(1, value) { break }
    }
    return value
  }

  private static func density(_ value: Double) -> Double { exp(-value * value / 2) / (2 * Double.pi).squareRoot() }

  /// The share above a value: a series near the middle, a continued fraction in the tail.
  private static func above(_ value: Double) -> Double {
    if value < far { return 0.5 - density(value) * series(value) }
    var fraction = value
    for place in stride(from: 200.0, through: 1, by: -1) { fraction = value + place / fraction }
    return density(value) / fraction
  }

  private static func series(_ value: Double) -> Double {
    var term = value
    var sum = value
    var odd = 1.0
    while abs(term) > 1e-18 * abs(sum) {
      odd += 2
      term *= value * value / odd
      sum += term
    }
    return sum
  }
}
