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
  @Published var artifact: Int
  @Published var isFront = false
  let sha256: String
  private var gate = FrameGate()
  private var turn = 0
  private var feed: CameraFeed?

  init(sha256: String, artifact: Int) {
    self.sha256 = sha256
    self.artifact = artifact
  }

  /// Ask for the camera where that was not answered yet, load the file, and begin.
  func start() async {
    let sha256 = sha256
    if content == nil { content = await offMain { Places.content(sha256) } }
    permission = await AVCaptureDevice.requestAccess(for: .video) ? .allowed : .refused
    guard permission == .allowed, !Task.isCancelled else { return }
    reason = nil
    do {
      let file = try await Preview.open(sha256, artifact: artifact)
      guard !Task.isCancelled else { return }
      begin(LiveLoop(file: file, table: MaskPixels.table(content?.colorsRgb ?? [])))
    } catch {
      reason = PlainReason.of(error)
    }
  }

  /// Stop the camera; the frame at work ends by itself.
  func stop() {
    gate.close()
    feed?.stop()
    feed = nil
  }

  /// An app that is not in front may not use the camera, nor the GPU.
  func phase(_ phase: ScenePhase) {
    if phase == .active { gate.open() } else { gate.close() }
  }

  private func begin(_ loop: LiveLoop) {
    let gate = FrameGate()  // one of its own: a frame of the file before may still be at work
    self.gate = gate
    turn += 1
    let turn = turn
    let feed = CameraFeed(gate: gate) { [weak self] taken, degrees, facing in
      Task.detached(priority: .userInitiated) {
        let found = await loop.frame(taken, degrees: degrees, facing: facing)
        await self?.show(found, of: turn)
        gate.done()
      }
    } fail: { [weak self] why in
      Task { @MainActor in self?.reason = why }
    }
    self.feed = feed
    feed.start(isFront ? .front : .back)
  }

  private func show(_ found: Result<LiveFrame, any Error>, of turn: Int) {
    guard turn == self.turn, feed != nil else { return }
    switch found {
    case .success(let frame): self.frame = frame
    case .failure(let error):
      stop()
      reason = PlainReason.of(error)
    }
  }
}
