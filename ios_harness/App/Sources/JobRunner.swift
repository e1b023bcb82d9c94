import Foundation
import HarnessCore
import HarnessCoreML
import SwiftUI

/// Runs one job at a time, and says how far it is.
@MainActor
final class JobRunner: ObservableObject {
  @Published private(set) var asked: AskedJob?
  @Published private(set) var progress: JobProgress?
  @Published private(set) var steps: Steps?
  @Published private(set) var names: [String] = []
  @Published private(set) var end: JobEnd?
  @Published private(set) var isCancelling = false
  private let front: FrontWatch
  private lazy var watch = DeviceWatch()  // made once the app is up: before, there is nothing to ask
  private let cancelled = Flag()

  init(front: FrontWatch) { self.front = front }

  /// Whether the run's screen lies over the others.
  var isShown: Bool {
    get { asked != nil }
    set { if !newValue { close() } }
  }

  /// Whether a job is under way, so that nothing else may be done that takes time.
  var isAtWork: Bool { asked != nil && end == nil }

  /// Run a job from its start, or on from where it was; return once it is over. A second one is not begun beside it.
  func run(_ asked: AskedJob) async {
    guard !isAtWork else { return }
    self.asked = asked
    progress = nil
    steps = nil
    names = []
    end = nil
    isCancelling = false
    cancelled.set(false)
    ScreenAwake.hold(.job)
    front.began(asked.job)
    let end = await driven(asked)
    front.ended()
    ScreenAwake.release(.job)
    self.end = end
    progress = await offMain { ProgressReader.of(Places.jobs.appendingPathComponent(asked.job)) } ?? progress
    if asked.byComputer { leave() }
  }

  /// End the job after the step that is under way.
  func cancel() {
    isCancelling = true
    cancelled.set(true)
  }

  /// Leave the run's screen, where the job is over.
  func close() {
    if end != nil { asked = nil }
  }

  /// End the process. All that counts is on the disk by now; `exit` would first take apart what a runtime's threads still
  /// use, and crash or wait for ever where one of them hangs.
  func leave() { _exit(0) }

  private func driven(_ asked: AskedJob) async -> JobEnd {
    let device = FrontDevice(device: AppleDevice(watch: watch), front: front)
    let cancelled = cancelled
    let listener = JobListener(
      progress: { said in Task { @MainActor [weak self] in self?.progress = said } },
      steps: { said in Task { @MainActor [weak self] in self?.steps = said } },
      names: { said in Task { @MainActor [weak self] in self?.names = said } }
    )
    return await Task.detached(priority: .high) {
      await JobStart.run(asked, device: device, listener: listener, isCancelled: { cancelled.isSet })
    }.value
  }
}

/// Whom a job tells of itself; called from its own thread.
struct JobListener: Sendable {
  let progress: @Sendable (JobProgress) -> Void
  let steps: @Sendable (Steps) -> Void
  let names: @Sendable ([String]) -> Void
}

/// A flag that any thread may set and read.
final class Flag: @unchecked Sendable {
  private let lock = NSLock()
  private var value = false

  var isSet: Bool { lock.withLock { value } }
  func set(_ isSet: Bool) { lock.withLock { value = isSet } }
}
