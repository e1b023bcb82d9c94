/// How one start of a job came out: it is over, or it goes on once the app was started again.
public enum JobEnd: Equatable, Sendable {
  /// Each run has its record.
  case finished

  /// The bundle was not run; why.
  case refused(String)

  /// It ended before all runs had their records; why.
  case failed(String)

  /// It goes on in a fresh process: the app ends itself, and the desktop starts it again with the same job; what for.
  case wantsRelaunch(String)

  /// A step hangs in this process, which nothing can end but the process's own end; the next start goes on; what hangs.
  case mustLeave(String)

  /// Whether nothing is left to do, and progress.json says so.
  public var isOver: Bool {
    switch self {
    case .finished, .refused, .failed: true
    case .wantsRelaunch, .mustLeave: false
    }
  }

  /// Why, or what for, in words for people; empty where it is finished.
  public var reason: String {
    switch self {
    case .finished: ""
    case .refused(let why), .failed(let why), .wantsRelaunch(let why), .mustLeave(let why): why
    }
  }
}

/// Why a job stops in the middle of its plan.
enum JobStop: Error {
  /// It is over before all runs have their records.
  case over(String)
  case relaunch(String)
  case leave(String)
}
