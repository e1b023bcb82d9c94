import Foundation

/// Does each step in this process, since iOS starts no others, against a time limit.
///
/// A step that hangs cannot be ended: it is left where it is, and so must the process be.
public struct InProcessLauncher: Launcher {
  private static let lookEveryMs = 100
  private static let mostCountedMs = 2000.0

  private let backends: [any Backend]
  private let device: any Device
  private let process: ThisProcess
  private let effort: TurnEffort

  public init(
    backends: [any Backend], device: any Device, process: ThisProcess = .current, effort: TurnEffort = TurnEffort()
  ) {
    self.backends = backends
    self.device = device
    self.process = process
    self.effort = effort
  }

  public func launch(request: URL, answer: URL, limitS: Double) async -> Ended {
    let first = First()
    return await withCheckedContinuation { continuation in
      Task.detached(priority: .high) {
        var ended = Ended(.answered)
        do {
          try await TurnTask.run(
            request: request, answer: answer, backends: backends, device: device, process: process, effort: effort)
        } catch {
          ended.reason = Reasons.clean((error as? Refused)?.message ?? "")
        }
        if first.take() { continuation.resume(returning: ended) }
      }
      watch(limitMs: limitS * 1e3, first) { continuation.resume(returning: Ended(.hung)) }
    }
  }

  /// Call `giveUp` once the limit is over, unless somebody was first. Time in which the app was stopped does not count.
  private func watch(limitMs: Double, _ first: First, _ giveUp: @escaping @Sendable () -> Void) {
    let began = Ticks.read(Ticks.whole)
    DispatchQueue.global(qos: .userInitiated).asyncAfter(deadline: .now() + .milliseconds(Self.lookEveryMs)) {
      if first.isTaken { return }
      let leftMs = limitMs - min(Ticks.ms(began, Ticks.read(Ticks.whole)), Self.mostCountedMs)
      if leftMs > 0 { return watch(limitMs: leftMs, first, giveUp) }
      if first.take() { giveUp() }
    }
  }
}

/// Who comes first of two that end a wait.
private final class First: @unchecked Sendable {
  private let lock = NSLock()
  private var taken = false

  var isTaken: Bool { lock.withLock { taken } }

  func take() -> Bool {
    lock.withLock {
      defer { taken = true }
      return !taken
    }
  }
}
