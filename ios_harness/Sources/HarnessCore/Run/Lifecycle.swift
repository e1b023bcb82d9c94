/// Where the app is, as a state machine: it hears what the system says and answers what is to be done.
///
/// While a job runs and the app is not in front, `interrupted.json` lies in the job's work folder: a process that ends then
/// was ended by the system or a person, which says nothing of the file that it ran. There is no state that an app which is
/// in front again does not leave.
public struct Lifecycle: Equatable, Sendable {
  /// What the system and the app say.
  public enum Event: String, CaseIterable, Sendable {
    case foreground
    case inactive
    case background
    case locked
    case unlocked
    case terminating
    case jobBegan
    case jobEnded
  }

  /// What the app must do with `InterruptedMark` at once, before it returns to the system.
  public enum Action: Equatable, Sendable {
    case writeMark
    case removeMark
  }

  private enum Place: Equatable { case front, inactive, background, ending }

  private var place = Place.inactive
  private var isLocked = false
  private var isJobRunning = false

  /// Whether the mark lies there, of a job that this process runs.
  public private(set) var isMarked = false

  /// How often the app left the front since it began: a turn in which this grew was not in front all the time.
  public private(set) var departures = 0

  public init() {}

  /// Whether it is in front on a phone that is not locked.
  public var isInFront: Bool { place == .front && !isLocked }

  /// Whether a measurement may begin, and what to do where it may not.
  public var readiness: Readiness {
    if isInFront { return Readiness(isReady: true, message: "") }
    if isLocked {
      return Readiness(isReady: false, message: "the phone is locked; unlock it and leave the app in front")
    }
    let isNear = place == .inactive
    let what = isNear ? "something lies over the app; close it" : "the app is not in front; open it"
    return Readiness(isReady: false, message: what)
  }

  /// Take an event; return what is to be done, in order.
  public mutating func handle(_ event: Event) -> [Action] {
    let wasInFront = isInFront
    switch event {
    case .foreground: place = .front
    case .inactive: place = .inactive
    case .background: place = .background
    case .terminating: place = .ending
    case .locked: isLocked = true
    case .unlocked: isLocked = false
    case .jobBegan: isJobRunning = true
    case .jobEnded: isJobRunning = false
    }
    if wasInFront && !isInFront { departures += 1 }
    let wantsMark = isJobRunning && !isInFront
    defer { isMarked = wantsMark }
    if wantsMark && !isMarked { return [.writeMark] }
    return !wantsMark && isMarked ? [.removeMark] : []
  }
}
