import Foundation
import HarnessCore
import SwiftUI
import UIKit

/// Feeds what the system says of the app into the state machine of `Lifecycle`, and does at once what that answers.
final class FrontWatch: @unchecked Sendable {
  private let lock = NSLock()
  private var lifecycle = Lifecycle()
  private var mark: InterruptedMark?
  private var tokens: [any NSObjectProtocol] = []

  /// Begin to listen, once the app is up: before, there is no application to ask.
  @MainActor
  func begin() {
    let events: [(Notification.Name, Lifecycle.Event)] = [
      (UIApplication.protectedDataWillBecomeUnavailableNotification, .locked),
      (UIApplication.protectedDataDidBecomeAvailableNotification, .unlocked),
      (UIApplication.willTerminateNotification, .terminating),
    ]
    tokens = events.map { name, event in
      NotificationCenter.default.addObserver(forName: name, object: nil, queue: .main) { [weak self] _ in
        self?.hear(event)
      }
    }
    if !UIApplication.shared.isProtectedDataAvailable { hear(.locked) }
  }

  deinit {
    for token in tokens { NotificationCenter.default.removeObserver(token) }
  }

  /// The scene's phase changed.
  func phase(_ phase: ScenePhase) {
    switch phase {
    case .active: hear(.foreground)
    case .inactive: hear(.inactive)
    case .background: hear(.background)
    @unknown default: hear(.inactive)
    }
  }

  /// A job begins, whose folder gets the mark while the app is not in front.
  func began(_ job: String) {
    lock.withLock { mark = InterruptedMark(work: Places.work, job: job) }
    hear(.jobBegan)
  }

  func ended() {
    hear(.jobEnded)
    lock.withLock { mark = nil }
  }

  var readiness: Readiness { lock.withLock { lifecycle.readiness } }
  var departures: Int { lock.withLock { lifecycle.departures } }

  private func hear(_ event: Lifecycle.Event) {
    lock.withLock {
      for action in lifecycle.handle(event) {
        switch action {
        case .writeMark: mark?.write()
        case .removeMark: mark?.remove()
        }
      }
    }
  }
}
