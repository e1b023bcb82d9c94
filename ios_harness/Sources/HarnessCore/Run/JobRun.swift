/// One run of the job, and what is known of it so far. `isRecorded`: its record is there from an earlier start.
final class JobRun {
  let place: Int
  let asked: AskedRun
  var isRecorded: Bool

  /// What its steps answered, in order.
  private(set) var answers: [Answer] = []
  private(set) var turns: [Turn] = []
  private(set) var turnUnknown: [String: String] = [:]

  /// Whether an earlier try had begun to open it before the step that opened it first.
  private(set) var wasTriedBefore = false

  /// Why no step looked at its memory.
  private(set) var whyNoMemory = ""
  private(set) var status = AnswerStatus.ok
  private(set) var reason = ""

  /// Whether its last turn was taken, so that its class maps can be judged.
  private(set) var isMeasured = false

  /// When its last step began, in seconds since the job did.
  private(set) var lastBeganS = 0.0

  init(place: Int, asked: AskedRun, isRecorded: Bool) {
    self.place = place
    self.asked = asked
    self.isRecorded = isRecorded
  }

  var isLive: Bool { status == .ok }
  var threads: Int { answers.lazy.compactMap { $0.session?.threads }.first ?? asked.threads }

  /// Take what a step gave. `firstPassS`: when the first pass began. Where it fails, the run drops out.
  func take(_ outcome: Outcome, _ kind: LaunchKind, _ number: Int, firstPassS: Double) {
    switch outcome.kind {
    case .leftOut(let why): whyNoMemory = why
    case .failed(let why): drop(.failed, Self.during(kind, number) + why)
    case .answered(let answer):
      lastBeganS = outcome.beganS
      if answers.isEmpty { wasTriedBefore = outcome.attempt > 1 }
      answers.append(answer)
      if answer.status == .refused { return drop(.refused, answer.reason) }
      if answer.status == .failed { return drop(.failed, Self.during(kind, number) + answer.reason) }
      guard Self.hasWhatWasAsked(answer, kind) else {
        return drop(.failed, Self.during(kind, number) + "it left an answer to something else")
      }
      if let turn = answer.turn { add(turn, startedS: outcome.beganS - firstPassS, number) }
      isMeasured = kind == .final
    }
  }

  /// Give it up.
  func drop(_ status: AnswerStatus, _ reason: String) {
    self.status = status
    self.reason = Reasons.clean(reason)
  }

  private static func during(_ kind: LaunchKind, _ number: Int) -> String {
    switch kind {
    case .prepare: "when it was first opened: "
    case .memory: "when its memory was looked at: "
    case .turn: "in pass \(number + 1): "
    case .final: "in its last turn, when its output was looked at: "
    }
  }

  private static func hasWhatWasAsked(_ answer: Answer, _ kind: LaunchKind) -> Bool {
    let isWhole =
      answer.runtime != nil && answer.session != nil && answer.opened != nil && answer.start != nil
      && answer.end != nil
    let wantsTurn = kind == .turn || kind == .final
    return isWhole && (answer.memory != nil) == (kind == .memory) && (answer.turn != nil) == wantsTurn
      && (answer.checked != nil) == (kind == .final)
  }

  private func add(_ it: TurnTaken, startedS: Double, _ number: Int) {
    turnUnknown.merge(it.unknown) { $1 }
    turns.append(
      Turn(
        number: number,
        startedS: max(0, startedS) + it.offsetMs / 1e3,
        before: it.before,
        after: it.after,
        wallMs: it.wallMs,
        cpuMs: it.cpuMs,
        waitedMs: it.waitedMs,
        othersMs: nil,
        stolenMs: nil,
        switches: nil,
        atMs: it.atMs,
        executeMs: it.executeMs,
        device: it.device
      ))
  }
}
