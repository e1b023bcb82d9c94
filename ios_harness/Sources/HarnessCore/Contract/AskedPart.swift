// A job of which only some runs were asked for.

/// A job of which only some runs were asked for, and those are done: `asked` of `runs`.
///
/// docs/bundle.md has `finished` only where every run has its record, so such a job says `failed` and this reason;
/// screens know it again by the sentence and show it as what it is.
public struct AskedPart: Equatable, Sendable {
  public var asked: Int
  public var runs: Int

  public init(asked: Int, runs: Int) {
    self.asked = asked
    self.runs = runs
  }

  public var sentence: String { "\(asked) of \(runs) runs were asked for, and are done" }

  /// Nil where the job is anything else.
  public static func of(_ progress: Progress) -> AskedPart? {
    guard progress.state == .failed, let reason = progress.reason else { return nil }
    let numbers = reason.utf8.prefix(24).split(separator: UInt8(ascii: " ")).prefix(3).compactMap {
      Int(String(decoding: $0, as: UTF8.self))
    }
    guard numbers.count == 2, numbers[1] == progress.runs, numbers[0] > 0, numbers[0] <= numbers[1] else { return nil }
    let found = AskedPart(asked: numbers[0], runs: numbers[1])
    return Texts.areSame(found.sentence, reason) ? found : nil  // so nothing else stands in it
  }
}
