import Foundation
import HarnessCore
import SwiftUI

/// Where a person can go from the list of bundles.
enum Route: Hashable {
  case bundle(String)
  case results(String)
  case photo(bundle: String, artifact: Int, photo: Int)
  case camera(bundle: String, artifact: Int)
}

/// What the app knows as a whole: the bundles, what arrives, which job was left, and where a person is.
@MainActor
final class AppModel: ObservableObject {
  @Published var bundles: [KeptBundle]?
  @Published var waiting: [String] = []
  @Published var arrival: Arrival = .none
  @Published var unfinished: AskedJob?
  @Published var path: [Route] = []
  let front: FrontWatch
  let runner: JobRunner
  private var hasStarted = false
  private var arriving: [URL] = []

  init() {
    let front = FrontWatch()
    self.front = front
    runner = JobRunner(front: front)
  }

  /// Begin: what a computer asked for, else ask after a job that the app's end cut short.
  func start() async {
    guard !hasStarted else { return }
    hasStarted = true
    Places.prepare()
    front.begin()
    do {
      if let asked = try LaunchArguments.parse(Array(CommandLine.arguments.dropFirst())) {
        await runner.run(AskedJob(bundle: asked.bundle, job: asked.job, byComputer: true))
        return
      }
    } catch {
      let why = (error as? LaunchArguments.Wrong)?.message ?? PlainReason.of(error)
      arrival = .refused(name: "The job of the computer", reason: why)
    }
    await refresh()
    unfinished = await offMain { UnfinishedJobs.latest(jobs: Places.jobs, work: Places.work) }
  }

  /// Look again which bundles there are.
  func refresh() async {
    let (kept, pushed) = await offMain { () -> ([KeptBundle], [String]) in
      let store = Places.bundles
      let kept = KeptBundle.all(store, jobs: Places.jobs)
      return (kept, PushedBundles.waiting(in: Places.pushed, kept: kept.map(\.sha256)))
    }
    bundles = kept
    waiting = pushed
  }

  /// The app is in front again: a computer may have left something meanwhile.
  func cameBack() async {
    if hasStarted, !runner.isAtWork { await refresh() }
  }

  /// Take a bundle in that another app or a person gives: one after another, and none while a job runs, which would
  /// measure the copying, too.
  func take(_ url: URL) async {
    arriving.append(url)
    guard arriving.count == 1 else { return }
    var refused: Arrival?
    while let next = arriving.first {
      while runner.isAtWork { try? await Task.sleep(for: .seconds(1)) }
      arrival = .copying(Texts.printable(next.lastPathComponent))
      let came = await offMain { Arrival.of(next) }
      arriving.removeFirst()
      await refresh()
      if case .kept(let hash) = came { path = [.bundle(hash)] } else { refused = came }
    }
    arrival = refused ?? .none
  }

  /// Take a bundle in that a computer left in the app's documents.
  func takePushed(_ hash: String) async { await take(Places.pushed.appendingPathComponent("\(hash).zip")) }

  /// Keep a bundle no longer; results of its jobs stay.
  func remove(_ hash: String) async {
    await offMain { try? Places.bundles.remove(hash) }
    path.removeAll { $0 == .bundle(hash) }
    await refresh()
  }

  /// Go on with the job that was cut short. The question after it is gone at once, so that it is not asked again.
  func goOn() {
    guard var asked = unfinished else { return }
    unfinished = nil
    asked.byComputer = false
    Task {
      await runner.run(asked)
      await refresh()
    }
  }

  /// Say of the job that was cut short that it is over.
  func giveUp() {
    guard let asked = unfinished else { return }
    unfinished = nil
    Task {
      await offMain {
        try? UnfinishedJobs.giveUp(asked.job, jobs: Places.jobs, work: Places.work, at: Moment.text(Date()))
      }
      await refresh()
    }
  }
}

/// Do something that reads files away from the main thread, which draws.
func offMain<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
  await Task.detached(priority: .userInitiated) { work() }.value
}
