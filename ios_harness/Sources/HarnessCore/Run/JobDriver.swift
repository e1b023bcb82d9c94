import Foundation

/// Runs a job: what docs/bundle.md, "What an app does", asks for, by the method of docs/method.md.
///
/// It opens no runtime itself: its launcher does each step, and a step that ends the app takes nothing along but itself. A
/// job that is run again with its id goes on where it was; what has its record is not run again.
public final class JobDriver {
  private let request: JobRequest
  private let places: JobPlaces
  private let launcher: any Launcher
  private let device: any Device
  private let process: ThisProcess
  private let clock: any Clock
  private let effort: JobEffort
  private let endProcess: () -> Void

  /// `endProcess`: ends the app, called where a step hangs that nothing else ends.
  public init(
    _ request: JobRequest,
    places: JobPlaces,
    launcher: any Launcher,
    device: any Device,
    process: ThisProcess = .current,
    clock: any Clock = SystemClock(),
    effort: JobEffort = JobEffort(),
    endProcess: @escaping () -> Void = {}
  ) {
    self.request = request
    self.places = places
    self.launcher = launcher
    self.device = device
    self.process = process
    self.clock = clock
    self.effort = effort
    self.endProcess = endProcess
  }

  /// Run it to its end, or until the app must be started again; return which, as progress.json says, too.
  ///
  /// `listener` hears of each step, and `onSteps` before it which one that is. `isCancelled` is asked before each step and
  /// while it waits: then the job ends as failed, and its finished records stay. Throws `StorageRefused` for an id that is
  /// none and where not even the progress can be written.
  public func run(
    listener: @escaping (Progress) -> Void = { _ in },
    onSteps: @escaping (Steps) -> Void = { _ in },
    isCancelled: @escaping () -> Bool = { false }
  ) async throws -> JobEnd {
    let results = try Results(places.results, job: request.job)
    let said = Said(request, results, clock, listener)
    if let other = process.begin(request.job) {
      if Texts.areSame(other, request.job) { return .refused("this job runs already") }
      return try over(said, .refused("another job runs"))
    }
    var hangs = false
    defer { if !hangs { process.end() } }  // where a step hangs, nothing else may be measured beside it
    try said.now(0, "checking the bundle")
    let bundle: OpenBundle
    do {
      bundle = try opened()
    } catch let error as Refused {
      return try over(said, .refused(error.message))
    }
    defer { bundle.close() }
    said.runs = bundle.content.job.runs.count
    let work = places.work.appendingPathComponent(request.job)
    let setup = JobSetup(
      request: request, bundle: bundle, results: results, work: work, bestKept: BestKept(file: places.best),
      launcher: launcher, device: device, process: process, clock: clock, effort: effort, said: said, steps: onSteps,
      isCancelled: isCancelled)
    let end = try await run(setup)
    if case .mustLeave = end { hangs = true }
    return end
  }

  private func run(_ setup: JobSetup) async throws -> JobEnd {
    do {
      let log = LaunchLog(folder: setup.work)
      let mark = InterruptedMark(work: places.work, job: request.job, process: process)
      try log.judge(process, interrupted: mark.processes)
      mark.removeOthers()
      try await JobPlan(setup, log).run()
      try? FileManager.default.removeItem(at: setup.work)
      return try over(setup.said, .finished)
    } catch let stop as JobStop {
      switch stop {
      case .over(let why):
        giveBackRoom(setup)
        return try over(setup.said, .failed(why))
      case .relaunch(let what):
        try setup.said.now(what)
        return .wantsRelaunch(what)
      case .leave(let what):
        try setup.said.now(what)
        endProcess()
        return .mustLeave(what)
      }
    } catch let error as Refused {
      giveBackRoom(setup)
      return try over(setup.said, .failed(error.message))
    }
  }

  /// Remove what takes room and can be made again; the journal stays, so that the job can go on.
  private func giveBackRoom(_ setup: JobSetup) {
    for folder in [setup.unpacked, setup.made] { try? FileManager.default.removeItem(at: folder) }
  }

  private func over(_ said: Said, _ end: JobEnd) throws -> JobEnd {
    switch end {
    case .finished: try said.over(.finished, nil)
    case .refused(let why):
      let reason = Reasons.clean(why)
      try said.over(.refused, reason)
      return .refused(reason)
    case .failed(let why):
      let reason = Reasons.clean(why)
      try said.over(.failed, reason)
      return .failed(reason)
    case .wantsRelaunch, .mustLeave: break
    }
    return end
  }

  private func opened() throws -> OpenBundle {
    let bundle = try OpenBundle.open(request.bundle)
    do {
      if !Texts.areSame(bundle.sha256, request.sha256) {
        throw BundleRefused(.fileHash, "it is another bundle than was asked for")
      }
      try bundle.verify()
    } catch {
      bundle.close()
      throw error
    }
    return bundle
  }
}
