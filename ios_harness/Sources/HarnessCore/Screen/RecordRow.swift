/// A line of the table with its sign.
public struct Marked: Equatable, Sendable {
  public var mark: Mark
  public var text: String

  public init(_ mark: Mark, _ text: String) {
    self.mark = mark
    self.text = text
  }
}

/// A figure of a record below its name.
public struct Detail: Equatable, Sendable {
  public var name: String
  public var value: String
}

/// One run as the table shows it: what it is of, its time, how far that may be trusted, whether the output is right.
///
/// `figure`: the median, empty where there is none. `lines`: what follows it. mIoU is not here: the desktop computes it.
public struct RecordRow: Equatable, Sendable {
  public var title: String
  public var asked: String
  public var figure: String
  public var interval: String
  public var lines: [Marked]
  public var details: [Detail]
  public var reasons: [String]

  /// The row of a run that has its record.
  public init(_ record: RecordSummary, title: String) {
    self.title = title
    asked = record.accelerator.map(RunText.asked) ?? ""
    figure = ""
    interval = ""
    details = []
    reasons = []
    switch record.status {
    case "refused": lines = [Marked(.bad, "Refused: \(record.reason)")]
    case "failed": lines = [Marked(.bad, "Failed: \(record.reason)")]
    default:
      figure = record.p50Ms.map(Figures.ms) ?? RunText.unknown
      interval = RecordRow.interval(record)
      lines = [RecordRow.verdict(record.verdict), RecordRow.golden(record)]
      details = RecordRow.details(record)
      reasons = record.verdictReasons
    }
  }

  /// The row of a run that has none; `why` says how that comes.
  public init(title: String, asked: String, why: Marked) {
    self.title = title
    self.asked = asked
    figure = ""
    interval = ""
    lines = [why]
    details = []
    reasons = []
  }

  /// What VoiceOver reads for the row.
  public var spoken: String {
    ([title, asked, figure, interval] + lines.map(\.text)).filter { !$0.isEmpty }.joined(separator: ". ")
  }

  private static func interval(_ record: RecordSummary) -> String {
    guard let low = record.p50LowMs, let high = record.p50HighMs else { return "median, without an interval" }
    return "median, 95 % interval \(Figures.ms(low)) to \(Figures.ms(high))"
  }

  private static func verdict(_ kind: VerdictKind?) -> Marked {
    switch kind {
    case .valid: Marked(.good, "VALID: this time can be relied on")
    case .unstable: Marked(.doubtful, "UNSTABLE: this time is doubtful")
    case .invalid: Marked(.bad, "INVALID: this time is no measurement")
    case nil: Marked(.none, "No verdict")
    }
  }

  private static func golden(_ record: RecordSummary) -> Marked {
    let agreement = record.leastAgreement.map(Figures.percent) ?? RunText.unknown
    switch record.golden {
    case "passed": return Marked(.good, "Output as on the computer, \(agreement) at the least")
    case "failed": return Marked(.bad, "Output not as on the computer: \(record.goldenReason)")
    default: return Marked(.none, "Output not checked")
    }
  }

  private static func details(_ record: RecordSummary) -> [Detail] {
    let turns = record.turns.map { "\(record.undisturbedTurns ?? 0) of \($0)" }
    return [
      Detail(name: "Most memory", value: record.peakBytes.map(Figures.bytes) ?? RunText.unknown),
      Detail(name: "Compiling", value: record.compileMs.map(Figures.ms) ?? RunText.unknown),
      Detail(name: "Loading", value: loading(record)),
      Detail(name: "From JPEG to mask", value: record.endToEndMs.map(Figures.ms) ?? RunText.unknown),
      Detail(name: "Undisturbed turns", value: turns ?? RunText.unknown),
      Detail(name: "Ran on", value: RunText.of(record.obtained, threads: nil)),
      Detail(name: "Runtime", value: record.runtime),
    ]
  }

  private static func loading(_ record: RecordSummary) -> String {
    guard let cold = record.coldMs else { return RunText.unknown }
    guard let warm = record.warmMs else { return Figures.ms(cold) }
    return "\(Figures.ms(cold)) at first, \(Figures.ms(warm)) again"
  }
}
