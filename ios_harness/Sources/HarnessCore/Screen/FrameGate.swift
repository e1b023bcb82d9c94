import Foundation

/// Lets a camera's pictures through one at a time: one that comes while another is at work is dropped, never queued.
///
/// So what is shown is never older than one run. May be asked from any thread.
public final class FrameGate: @unchecked Sendable {
  private let lock = NSLock()
  private var isBusy = false
  private var isOpen = true
  private var shown = 0
  private var dropped = 0

  public init() {}

  /// Ask for a frame; whoever is told yes calls `done` once it is shown, also where it failed.
  public func enter() -> Bool {
    lock.withLock {
      guard isOpen, !isBusy else {
        dropped += 1
        return false
      }
      isBusy = true
      return true
    }
  }

  /// The frame that was let in is shown, or failed.
  public func done() {
    lock.withLock {
      if isBusy { shown += 1 }
      isBusy = false
    }
  }

  /// Let no further frame in: the screen is left. The one at work ends by itself.
  public func close() { lock.withLock { isOpen = false } }

  /// Let frames in again.
  public func open() { lock.withLock { isOpen = true } }

  /// How many frames were let through, and how many were not.
  public var counts: (shown: Int, dropped: Int) { lock.withLock { (shown, dropped) } }
}
