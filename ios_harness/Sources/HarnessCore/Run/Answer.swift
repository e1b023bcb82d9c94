/// How a step came out, in the words of a record's status; docs/record.md.
enum AnswerStatus: String, CaseIterable, Sendable {
  case ok
  case refused
  case failed
}

/// What a step found out, as far as it came; nil: it did not come to that, or was not asked.
///
/// `wasInFront`: all the time; what failed while the app was not says nothing of the file.
struct Answer: Equatable, Sendable {
  var status = AnswerStatus.ok
  var reason = ""
  var wasInFront = true
  var isDebugBuild = false
  var hasDebugger = false
  var runtime: RuntimeFacts?
  var session: SessionSeen?
  var start: Seen?
  var end: Seen?
  var opened: Opened?
  var memory: Weighed?
  var turn: TurnTaken?
  var checked: Checked?
}

/// What a loaded file said of itself.
struct SessionSeen: Equatable, Sendable {
  var accelerator: AcceleratorPart
  var threads: Int?
}

/// How the device was, and by the field's name why what is nil is nil.
struct Seen: Equatable, Sendable {
  var state: StatePart
  var unknown: [String: String]
}

/// What opening took, the first run after it, and the untimed runs before the turn, that one among them.
struct Opened: Equatable, Sendable {
  var compileMs: Double?
  var loadMs: Double
  var firstMs: Double
  var warmUpRuns: Int
}

/// What memory the process had, and by the field's name why what is nil is nil.
struct Weighed: Equatable, Sendable {
  var part: MemoryPart
  var unknown: [String: String]
}

/// One turn as it was seen. `offsetMs`: since its step began. `unknown`: by the field's name (`cpu_ms`, `device/cores`)
/// why what is nil is nil.
struct TurnTaken: Equatable, Sendable {
  var offsetMs: Double
  var before: Reading
  var after: Reading
  var wallMs: Double
  var cpuMs: Double?
  var waitedMs: Double?
  var atMs: [Double]
  var executeMs: [Double]
  var device: TurnDevice
  var unknown: [String: String]
}

/// What came after the turn. `passages`: their times count from when the step began. `loadAgainMs`: nil: see `why`.
struct Checked: Equatable, Sendable {
  var passages: [Passage]
  var loadAgainMs: Double?
  var why: String
}
