import UIKit

/// Keeps the screen on while anybody needs it: a job, or the camera. What one of them lets go of the other still has.
@MainActor
enum ScreenAwake {
  enum Holder { case job, camera }

  private static var holders: Set<Holder> = []

  static func hold(_ holder: Holder) {
    holders.insert(holder)
    UIApplication.shared.isIdleTimerDisabled = true
  }

  /// Let go; twice is as good as once, as screens may be told twice that they are gone.
  static func release(_ holder: Holder) {
    holders.remove(holder)
    UIApplication.shared.isIdleTimerDisabled = !holders.isEmpty
  }
}
