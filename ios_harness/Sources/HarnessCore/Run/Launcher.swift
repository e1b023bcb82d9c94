import Foundation

/// Does one step: what a request asks for, to its answer.
public protocol Launcher: Sendable {
  /// Do it, and return once its answer is there or will not come.
  ///
  /// `limitS`: in seconds; a step that takes longer is given up, though nothing ends it: `.hung`. What it throws ends the
  /// job where it stands, as the end of the process would.
  func launch(request: URL, answer: URL, limitS: Double) async throws -> Ended
}

/// How a step ended.
public enum EndKind: String, Sendable {
  case answered
  case hung
  case notStarted = "not started"
}

/// How a step ended, and why in the system's words; empty where it answered, or the system has no word.
public struct Ended: Equatable, Sendable {
  public var kind: EndKind
  public var reason: String

  public init(_ kind: EndKind, _ reason: String = "") {
    self.kind = kind
    self.reason = reason
  }

  /// Say it in a record's reason, where there is no answer.
  func sentence(limitS: Double) -> String {
    let said = reason.isEmpty ? "" : ": \(reason)"
    switch kind {
    case .answered: return "it left no answer\(said)"
    case .hung: return "it hung and was given up after \(Int(min(max(limitS, 0), 1e9))) s\(said)"
    case .notStarted: return "it was not started\(said)"
    }
  }
}
