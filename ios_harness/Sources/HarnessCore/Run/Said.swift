/// Says how far a job is, in progress.json and to whoever listens; docs/bundle.md, "Results".
final class Said {
  private let request: JobRequest
  private let results: Results
  private let clock: any Clock
  private let listener: (Progress) -> Void

  /// Of the job; 0 until its bundle is read.
  var runs = 0
  private var run = 0

  init(_ request: JobRequest, _ results: Results, _ clock: any Clock, _ listener: @escaping (Progress) -> Void) {
    self.request = request
    self.results = results
    self.clock = clock
    self.listener = listener
  }

  /// Say what runs now. Throws `StorageRefused`.
  func now(_ run: Int, _ phase: String) throws {
    self.run = run
    try now(phase)
  }

  /// Say what goes on while the run stays the one it was. Throws `StorageRefused`.
  func now(_ phase: String) throws { try say(.running, phase, nil) }

  /// Say that it is over. Throws `StorageRefused`.
  func over(_ state: JobState, _ reason: String?) throws {
    if state == .finished { run = runs }
    try say(state, "", reason)
  }

  private func say(_ state: JobState, _ phase: String, _ reason: String?) throws {
    let progress = Progress(
      job: request.job, bundle: request.sha256, state: state, run: run, runs: runs, phase: Texts.printable(phase),
      reason: reason, at: Moment.text(clock.epochMs()))
    try results.write(progress)
    listener(progress)
  }
}
