/// The order of each pass: every run once, shuffled anew; docs/method.md, "Turns and passes".
enum Orders {
  private static let passes = 1 << 14
  private static let mostRuns = 1024

  /// The order of a pass, the same for the same seed whatever language the device has and however often it is asked.
  static func of(seed: Int, pass: Int, runs: Int) -> [Int] {
    var order = Array(0..<runs)
    let start = (seed &* passes &+ pass) &* mostRuns
    for last in stride(from: runs - 1, to: 0, by: -1) {
      order.swapAt(last, Draws.draw(start &+ last, last + 1))
    }
    return order
  }
}
