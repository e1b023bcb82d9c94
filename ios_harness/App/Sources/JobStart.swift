import Foundation
import HarnessCore
import HarnessCoreML

/// From what was asked for to the driver that runs it: takes the bundle in, and says why where that does not do.
enum JobStart {
  static func run(
    _ asked: AskedJob, device: any Device, listener: JobListener, isCancelled: @escaping @Sendable () -> Bool
  ) async -> JobEnd {
    do {
      UnfinishedJobs.clear(but: asked.job, jobs: Places.jobs, work: Places.work, at: Moment.text(Date()))
      try asked.keep(work: Places.work)
      let bundle = try bundle(asked)
      listener.names(try names(bundle))
      let request = JobRequest(
        bundle: bundle, sha256: asked.bundle, job: asked.job, only: asked.only.map { Set($0) },
        relaunch: asked.byComputer ? .byDesktop : .byHand, launch: "app",
        program: Foundation.Bundle.main.bundleIdentifier ?? "dev.pocketseg.harness", version: version, commit: nil
      )
      let launcher = InProcessLauncher(backends: Backends.all, device: device)
      let driver = JobDriver(
        request, places: Places.ofJobs, launcher: launcher, device: device,
        effort: JobEffort(coolDownS: Double(asked.coolDownS)))
      return try await driver.run(
        listener: listener.progress, onSteps: listener.steps, isCancelled: isCancelled)
    } catch {
      return refused(asked, PlainReason.of(error), listener)
    }
  }

  /// The kept bundle; else the one that a computer left for this job.
  private static func bundle(_ asked: AskedJob) throws -> URL {
    let store = Places.bundles
    let kept = try store.file(asked.bundle)
    if FileManager.default.fileExists(atPath: kept.path) { return kept }
    guard let pushed = PushedBundles.file(asked.bundle, in: Places.pushed) else {
      throw StorageRefused(.cannotRead, "there is no bundle \(asked.bundle) on this device; push it first")
    }
    let added = try store.add(pushed)
    guard added.lastPathComponent == kept.lastPathComponent else {
      throw BundleRefused(.fileHash, "it is another bundle than was asked for")
    }
    return added
  }

  private static func names(_ bundle: URL) throws -> [String] {
    let opened = try OpenBundle.open(bundle)
    defer { opened.close() }
    return opened.content.job.runs.map { opened.content.artifacts[$0.artifact].name }
  }

  private static func refused(_ asked: AskedJob, _ reason: String, _ listener: JobListener) -> JobEnd {
    let said = JobProgress(
      job: asked.job, bundle: asked.bundle, state: .refused, run: 0, runs: 0, phase: "", reason: reason,
      at: Moment.text(Date()))
    try? Results(Places.jobs, job: asked.job).write(said)
    listener.progress(said)
    return .refused(reason)
  }

  private static var version: String {
    Foundation.Bundle.main.object(forInfoDictionaryKey: "CFBundleShortVersionString") as? String ?? "0"
  }
}
