/// A sign beside a text that says at a glance how it stands; a colour of its own each.
public enum Mark: Equatable, Sendable {
  case good
  case doubtful
  case bad
  case waiting
  case none
}

/// How far a job is: Foundation, too, has a type named Progress, so that screens call it so.
public typealias JobProgress = Progress

/// A job's state in words; one of which a part was asked for is done with that part.
public enum StateText {
  /// Say it in a line.
  public static func of(_ progress: JobProgress) -> String {
    switch progress.state {
    case .running:
      return progress.runs == 0 ? "Checking the bundle" : "Run \(number(progress)) of \(progress.runs) is under way"
    case .finished:
      return progress.runs == 1 ? "Finished, 1 run" : "Finished, all \(progress.runs) runs"
    case .refused:
      return "The bundle was refused"
    case .failed:
      if let part = AskedPart.of(progress) {
        return "Done: \(part.asked) of \(part.runs) files \(part.asked == 1 ? "was" : "were") asked for"
      }
      if progress.runs == 0 { return "Ended before its first run" }
      return "Ended early, at run \(number(progress)) of \(progress.runs)"
    }
  }

  /// Why a job is over, where its state does not say it all.
  public static func reason(_ progress: JobProgress) -> String { isDone(progress) ? "" : progress.reason ?? "" }

  /// Its sign.
  public static func mark(_ progress: JobProgress) -> Mark {
    if progress.state == .running { return .waiting }
    return isDone(progress) ? .good : .bad
  }

  /// Whether all that was asked for has its records.
  public static func isDone(_ progress: JobProgress) -> Bool {
    progress.state == .finished || AskedPart.of(progress) != nil
  }

  /// People count from one.
  private static func number(_ progress: JobProgress) -> Int { min(progress.run &+ 1, progress.runs) }
}
