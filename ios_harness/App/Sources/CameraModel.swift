import AVFoundation
import CoreGraphics
import Foundation
import HarnessCore
import HarnessCoreML
import SwiftUI

/// A camera's picture with its mask; what the run took, and all from the frame to the mask.
struct LiveFrame: @unchecked Sendable {
  let picture: CGImage?
  let mask: CGImage?
  let ms: Double
  let allMs: Double
}

/// The camera screen's state: whether the camera may be used, which file runs, and the last frame.
@MainActor
final class CameraModel: ObservableObject {
  enum Permission { case asking, allowed, refused }

  @Published private(set) var permission = Permission.asking
  @Published private(set) var frame: LiveFrame?
  @Published private(set) var reason: String?
  @Published private(set) var content: BundleContent?
  @Published private(set) var isLoading = false

  /// No picture comes, though the camera should give some.
  @Published private(set) var isStalled = false
  @Published var artifact: Int
  @Published var isFront = false
  let sha256: String
  private static let stalledAfterS = 3
  private var gate = FrameGate()
  private var turn = 0
  private var feed: CameraFeed?
  private var isInFront = true

  init(sha256: String, artifact: Int) {
    self.sha256 = sha256
    self.artifact = artifact
  }

  /// Ask for the camera where that was not answered yet, load the file, and begin.
  func start() async {
    let sha256 = sha256
    if content == nil { content = await offMain { Places.content(sha256) } }
    permission = await AVCaptureDevice.requestAccess(for: .video) ? .allowed : .refused
    // One file is loaded at a time: unpacking the second would take the first one's files away.
    while isLoading, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(100)) }
    guard permission == .allowed, !Task.isCancelled else { return }
    reason = nil
    frame = nil
    isLoading = true
    defer { isLoading = false }
    do {
      let file = try await Preview.open(sha256, artifact: artifact)
      guard !Task.isCancelled else { return }
      begin(LiveLoop(file: file, table: MaskPixels.table(content?.colorsRgb ?? [])))
    } catch {
      if !Task.isCancelled { reason = PlainReason.of(error) }
    }
  }

  /// Stop the camera; the frame at work ends by itself.
  func stop() {
    gate.close()
    feed?.stop()
    feed = nil
    isStalled = false
  }

  /// An app that is not in front may not use the camera, nor the GPU.
  func phase(_ phase: ScenePhase) {
    isInFront = phase == .active
    if isInFront { gate.open() } else { gate.close() }
  }

  private func begin(_ loop: LiveLoop) {
    let gate = FrameGate()  // one of its own: a frame of the file before may still be at work
    if !isInFront { gate.close() }
    self.gate = gate
    turn += 1
    let turn = turn
    let feed = CameraFeed(isFront ? .front : .back, gate: gate) { [weak self] taken, degrees, facing in
      Task.detached(priority: .userInitiated) { [weak self] in
        let found = await loop.frame(taken, degrees: degrees, facing: facing)
        await self?.show(found, of: turn)
        gate.done()
      }
    } fail: { [weak self] why in
      Task { @MainActor [weak self] in self?.fail(why, of: turn) }
    }
    self.feed = feed
    feed.start()
    Task { [weak self] in await self?.watch(feed, gate) }
  }

  /// Notice where no picture comes, as while a call or another app has the camera, and try again.
  private func watch(_ feed: CameraFeed, _ gate: FrameGate) async {
    var seen = -1
    while self.feed === feed {
      try? await Task.sleep(for: .seconds(Self.stalledAfterS))
      guard self.feed === feed else { return }
      let counts = gate.counts
      let came = counts.shown + counts.dropped
      let stalled = came == seen && isInFront
      if stalled != isStalled { isStalled = stalled }
      if stalled { feed.resume() }
      seen = isInFront ? came : -1
    }
  }

  private func show(_ found: Result<LiveFrame, any Error>, of turn: Int) {
    guard turn == self.turn, feed != nil else { return }
    switch found {
    case .success(let frame): self.frame = frame
    case .failure(let error): fail(PlainReason.of(error), of: turn)
    }
  }

  private func fail(_ why: String, of turn: Int) {
    guard turn == self.turn, feed != nil else { return }
    stop()
    reason = why
  }
}
