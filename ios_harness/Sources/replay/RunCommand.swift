import Foundation
import HarnessCore
import HarnessReplay

/// `replay run BUNDLE.zip --recording FOLDER --out FOLDER [--job ID]`.
enum RunCommand {
  static func run(_ options: Options) async throws {
    let archive = URL(fileURLWithPath: options.places[0])
    let out = URL(fileURLWithPath: try options.wanted("--out"))
    let recording = try Recording(URL(fileURLWithPath: try options.wanted("--recording")))
    let job = options["--job"] ?? JobId.draw()
    guard Hashes.isId(job) else {
      throw WrongUse("\(Texts.printable(job, longest: 40)) is no job's id of 32 hex digits")
    }
    let bundle = try OpenBundle.open(archive)
    let sha256 = bundle.sha256
    bundle.close()
    guard Texts.areSame(sha256, recording.bundle) else {
      throw RecordingFault("the recording is of another bundle: make it anew with `python -m scripts.ios recording`")
    }
    let work = FileManager.default.temporaryDirectory.appendingPathComponent("pocketseg-replay-\(JobId.draw())")
    defer { try? FileManager.default.removeItem(at: work) }
    let request = JobRequest(
      bundle: archive, sha256: sha256, job: job, relaunch: .byHand, launch: "test", version: "0.1.0", commit: nil)
    let places = JobPlaces(
      results: out, work: work.appendingPathComponent("work"), best: work.appendingPathComponent("best.json"))
    let device = HostDevice()
    let launcher = InProcessLauncher(backends: RecordedBackend.all(recording), device: device)
    let driver = JobDriver(request, places: places, launcher: launcher, device: device)
    let end = try await driver.run(listener: { Replay.say("\($0.run) of \($0.runs): \($0.phase)") })
    guard case .finished = end else { throw NotFinished(reason: end.reason) }
    print(out.appendingPathComponent(job).path)
  }

  private struct NotFinished: Error, CustomStringConvertible {
    let reason: String
    var description: String { "the job did not finish: \(reason)" }
  }
}
