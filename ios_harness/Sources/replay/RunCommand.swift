import Foundation
import HarnessCore
import HarnessReplay

/// `replay run BUNDLE.zip --recording FOLDER --out FOLDER [--job ID]`.
enum RunCommand {
  static func run(_ options: Options) async throws {
    let archive = URL(fileURLWithPath: options.places[0])
    let out = URL(fileURLWithPath: try options.wanted("--out"))
    let folder = URL(fileURLWithPath: try options.wanted("--recording"))
    let job = options["--job"] ?? JobId.draw()
    guard Hashes.isId(job) else { throw WrongUse("\(Given.shown(job)) is no job's id of 32 hex digits") }
    let recording = try Recording(folder)
    let sha256 = try hash(of: archive)
    guard Texts.areSame(sha256, recording.bundle) else {
      let advice = "make it anew with `python -m scripts.ios recording`"
      throw Failed("\(Given.shown(folder)) is the recording of another bundle: \(advice)")
    }
    let request = JobRequest(
      bundle: archive, sha256: sha256, job: job, relaunch: .byHand, launch: "test", version: "0.1.0", commit: nil)
    let end = try await run(request, recording, out)
    switch end {
    case .finished: print(out.appendingPathComponent(job).path)
    case .refused(let why): throw Failed("\(Given.shown(archive)) is not run: \(why)")
    case .failed(let why), .wantsRelaunch(let why), .mustLeave(let why):
      throw Failed("the job did not finish: \(why)\nto go on: the same command with --job \(job)")
    }
  }

  /// Run the job, or go on with it: what it asked and answered lies beside its results until it is over.
  private static func run(_ request: JobRequest, _ recording: Recording, _ out: URL) async throws -> JobEnd {
    let own = out.appendingPathComponent(".work-\(request.job)")
    let places = JobPlaces(
      results: out, work: own.appendingPathComponent("work"), best: own.appendingPathComponent("best.json"))
    // Of a computer's program that was ended in the middle it was not the file: that step is done again.
    InterruptedMark(work: places.work, job: request.job).write()
    let device = HostDevice()
    let launcher = InProcessLauncher(backends: RecordedBackend.all(recording), device: device)
    let driver = JobDriver(request, places: places, launcher: launcher, device: device)
    do {
      let end = try await driver.run(listener: { Replay.say("\($0.run) of \($0.runs): \($0.phase)") })
      switch end {
      case .finished, .refused: try? FileManager.default.removeItem(at: own)
      case .failed, .wantsRelaunch, .mustLeave: break
      }
      return end
    } catch let error as Refused {
      throw Failed("\(Given.shown(out)): \(error.message)")
    }
  }

  private static func hash(of archive: URL) throws -> String {
    do {
      let bundle = try OpenBundle.open(FileSource(archive, name: Given.shown(archive)))
      defer { bundle.close() }
      return bundle.sha256
    } catch let error as StorageRefused {
      throw error
    } catch let error as Refused {
      throw Failed("\(Given.shown(archive)) is no bundle: \(error.message)")
    }
  }
}
