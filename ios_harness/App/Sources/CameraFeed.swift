import AVFoundation
import CoreMedia
import Foundation
import HarnessCore
import HarnessCoreML

/// One camera: its frames as pictures, one at a time.
///
/// The session is driven on a queue of its own, as starting and stopping it waits; its frames come on another, so that
/// neither waits for the other.
final class CameraFeed: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate, @unchecked Sendable {
  /// A frame as it was taken, how far it must be turned clockwise, and whether it is of the front camera.
  typealias Taker = @Sendable (Picture, Int, Facing) -> Void

  private let session = AVCaptureSession()
  private let control = DispatchQueue(label: "camera")
  private let frames = DispatchQueue(label: "camera.frames")
  private let position: AVCaptureDevice.Position
  private let gate: FrameGate
  private let take: Taker
  private let fail: @Sendable (String) -> Void
  private var turn: AVCaptureDevice.RotationCoordinator?  // set before the first frame comes, and never again

  init(
    _ position: AVCaptureDevice.Position, gate: FrameGate, take: @escaping Taker,
    fail: @escaping @Sendable (String) -> Void
  ) {
    self.position = position
    self.gate = gate
    self.take = take
    self.fail = fail
    super.init()
  }

  /// Open the camera and begin; once for each feed.
  func start() {
    control.async { [self] in
      do {
        try open()
        session.startRunning()
      } catch {
        fail(PlainReason.of(error))
      }
    }
  }

  /// Begin again where the system ended the session, as after an error of its own.
  func resume() {
    control.async { [self] in
      if !session.isRunning { session.startRunning() }
    }
  }

  func stop() {
    control.async { [self] in
      if session.isRunning { session.stopRunning() }
    }
  }

  private func open() throws {
    session.beginConfiguration()
    defer { session.commitConfiguration() }
    guard let camera = AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: position) else {
      throw CannotRun("this device has no such camera")
    }
    let input = try AVCaptureDeviceInput(device: camera)
    guard session.canAddInput(input) else { throw CannotRun("the camera cannot be used; another app may have it") }
    session.addInput(input)
    if session.canSetSessionPreset(.vga640x480) { session.sessionPreset = .vga640x480 }
    try addOutput()
    turn = AVCaptureDevice.RotationCoordinator(device: camera, previewLayer: nil)
  }

  /// Frames as the camera has them, luma and chroma at full range; one that comes too late is dropped by the system.
  private func addOutput() throws {
    let output = AVCaptureVideoDataOutput()
    output.videoSettings = [kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange]
    output.alwaysDiscardsLateVideoFrames = true
    output.setSampleBufferDelegate(self, queue: frames)
    guard session.canAddOutput(output) else { throw CannotRun("the camera gives no pictures that the app can read") }
    session.addOutput(output)
  }

  func captureOutput(
    _ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer, from connection: AVCaptureConnection
  ) {
    guard let frame = CMSampleBufferGetImageBuffer(sampleBuffer), gate.enter() else { return }
    do {
      let angle = turn?.videoRotationAngleForHorizonLevelCapture ?? 90
      let degrees = Int((angle / 90).rounded()) * 90  // a phone that is held askew is turned to the nearest side
      take(try PixelBufferReader.picture(frame), degrees, position == .front ? .mirrored : .asTaken)
    } catch {
      gate.done()
      fail(PlainReason.of(error))
    }
  }
}
