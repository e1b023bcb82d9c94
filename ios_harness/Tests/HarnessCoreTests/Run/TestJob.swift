import Foundation
import Testing

@testable import HarnessCore

/// Turns and jobs as short as they may be: nothing that is measured in tests means anything.
enum Short {
  static let turn = TurnEffort(sampleMs: 0.01, warmUpMs: 0.01, wakeMs: 0, yardstickReads: 0)
  static let job = JobEffort(leastPasses: 2, ceilingS: 0, furtherFileS: 0)
}

/// Does steps in this process and keeps their keys.
final class InProcess: Launcher, @unchecked Sendable {
  let backend: FakeBackend
  let device: FakeDevice
  private(set) var keys: [String] = []
  var effort = Short.turn
  var process = ThisProcess(id: JobId.draw(), bootS: 1_000_000)

  /// Called once the journal says that a step begins, and once its answer is there.
  var before: (String) async throws -> Void = { _ in }
  var after: (String, URL) async throws -> Ended = { _, _ in Ended(.answered) }

  init(_ backend: FakeBackend = FakeBackend(), _ device: FakeDevice = FakeDevice()) {
    self.backend = backend
    self.device = device
    device.peak = { [unowned self] in process.hasOpened ? 60_000_000 : 55_000_000 }
  }

  func launch(request: URL, answer: URL, limitS: Double) async throws -> Ended {
    let asked = try LaunchRequest.read(request)
    keys.append(asked.key)
    try await before(asked.key)
    try await TurnTask.run(
      request: request, answer: answer, backends: [backend], device: device, process: process, effort: effort)
    return try await after(asked.key, answer)
  }
}

/// A job in a folder of its own, and what it left.
final class TestJob {
  static let three = [("cpu", 1), ("cpu", 2), ("cpu", 4)]

  /// No job of a test takes as many, of steps and of waits: one that goes on for ever fails, and holds up no other test.
  private static let mostSteps = 500
  private static let mostSleeps = 100_000

  let root: URL
  private(set) var said: [HarnessCore.Progress] = []
  private(set) var steps: [Steps] = []
  var relaunch = Relaunch.byHand
  var launch = "test"
  var only: Set<Int>?
  var effort = Short.job
  var clock = FakeClock()
  var onProgress: () -> Void = {}
  var isCancelled: () -> Bool = { false }

  init(
    _ runs: [(String, Int)] = TestJob.three, passes: Int = 2, totalLimitS: Int = 3600, maxTempC: Double? = 40,
    runtime: String? = nil, manifest: (inout JsonObject) -> Void = { _ in }
  ) throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("job-\(UUID().uuidString)")
    try JobBundle.write(
      root.appendingPathComponent("bundle.zip"), runs, passes: passes, totalLimitS: totalLimitS, maxTempC: maxTempC,
      runtime: runtime, manifest: manifest)
  }

  /// A job that goes on from a copy of another's files.
  private init(at root: URL) { self.root = root }

  deinit { try? FileManager.default.removeItem(at: root) }

  /// Copy all files elsewhere, as an update of the app moves them, and go on from there.
  func copied() throws -> TestJob {
    let other = FileManager.default.temporaryDirectory.appendingPathComponent("job-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: root, to: other)
    let made = TestJob(at: other)
    made.relaunch = relaunch
    made.clock = clock
    return made
  }

  var places: JobPlaces {
    JobPlaces(
      results: root.appendingPathComponent("results"), work: root.appendingPathComponent("work"),
      best: root.appendingPathComponent("best.json"))
  }

  var work: URL { places.work.appendingPathComponent(Made.job) }
  var results: URL { places.results.appendingPathComponent(Made.job) }

  func run(_ launcher: InProcess, _ device: FakeDevice? = nil) async throws -> JobEnd {
    let sleeps = clock.slept
    let goesOnForEver = {
      launcher.keys.count > Self.mostSteps || self.clock.slept - sleeps > Self.mostSleeps
    }
    return try await driver(launcher, device ?? launcher.device, launcher.process).run(
      listener: {
        self.said.append($0)
        self.onProgress()
      }, onSteps: { self.steps.append($0) }, isCancelled: { goesOnForEver() || self.isCancelled() })
  }

  /// Run it in one fresh process after the other until it is over; return its end and how many it took.
  func runRelaunched(_ launcher: InProcess) async throws -> (end: JobEnd, starts: Int) {
    for starts in 1... {
      launcher.process = ThisProcess(id: JobId.draw(), bootS: 1_000_000)
      let end = try await run(launcher)
      if end.isOver || starts > 50 { return (end, starts) }
    }
    fatalError("a job goes on for ever")
  }

  func driver(
    _ launcher: any Launcher, _ device: FakeDevice, _ process: ThisProcess, sha256: String? = nil,
    endProcess: @escaping () -> Void = {}
  ) throws -> JobDriver {
    let zip = root.appendingPathComponent("bundle.zip")
    let bundle = try OpenBundle.open(zip)
    defer { bundle.close() }
    let request = JobRequest(
      bundle: zip, sha256: sha256 ?? bundle.sha256, job: Made.job, only: only, relaunch: relaunch, launch: launch,
      version: "0.1.0", commit: nil)
    return JobDriver(
      request, places: places, launcher: launcher, device: device, process: process, clock: clock, effort: effort,
      endProcess: endProcess)
  }

  /// A record that a reader takes.
  func record(_ run: Int) throws -> JsonObject {
    try RecordReader.read([UInt8](Data(contentsOf: results.appendingPathComponent("\(run).json"))))
  }

  func statuses() throws -> [String] { try (0...2).map { try record($0).text("status") } }

  func reason(_ run: Int) throws -> String { try record(run).text("reason") }

  func progress() -> HarnessCore.Progress? { ProgressReader.of(results) }

  /// Say that a process ended while it was not in front.
  func mark(_ process: ThisProcess) { InterruptedMark(work: places.work, job: Made.job, process: process).write() }
}
