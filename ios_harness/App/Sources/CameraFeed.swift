import AVFoundation
import CoreMedia
import Foundation
import HarnessCore
import HarnessCoreML

/// The camera: its frames as pictures, one at a time. Made and driven on its own queue.
final class CameraFeed: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate, @unchecked Sendable {
  /// A frame as it was taken, how far it must be turned clockwise, and whether it is of the front camera.
  typealias Taker = @Sendable (Picture, Int, Facing) -> Void

  private let session = AVCaptureSession()
  private let queue = DispatchQueue(label: "camera")
  private let gate: FrameGate
  private let take: Taker
  private let fail: @Sendable (String) -> Void
  private var turn: AVCaptureDevice.RotationCoordinator?
  private var facing = Facing.asTaken

  init(gate: FrameGate, take: @escaping Taker, fail: @escaping @Sendable (String) -> Void) {
    self.gate = gate
    self.take = take
    self.fail = fail
  }

  func start(_ position: AVCaptureDevice.Position) {
    queue.async { [self] in
      do {
        try open(position)
        session.startRunning()
      } catch {
        fail(PlainReason.of(error))
      }
    }
  }

  func stop() {
    queue.async { [self] in
      if session.isRunning { session.stopRunning() }
    }
  }

  private func open(_ position: AVCaptureDevice.Position) throws {
    session.beginConfiguration()
    defer { session.commitConfiguration() }
    for old in session.inputs { session.removeInput(old) }
    guard let camera = AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: position) else {
      throw CannotRun("this device has no such camera")
    }
    let input = try AVCaptureDeviceInput(device: camera)
    guard session.canAddInput(input) else { throw CannotRun("the camera cannot be used; another app may have it") }
    session.addInput(input)
    if session.canSetSessionPreset(.vga640x480) { session.sessionPreset = .vga640x480 }
    if session.outputs.isEmpty { try addOutput() }
    facing = position == .front ? .mirrored : .asTaken
    turn = AVCaptureDevice.RotationCoordinator(device: camera, previewLayer: nil)
  }

  /// Frames as the camera has them, luma and chroma at full range; one that comes too late is dropped by the system.
  private func addOutput() throws {
    let output = AVCaptureVideoDataOutput()
    output.videoSettings = [kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange]
    output.alwaysDiscardsLateVideoFrames = true
    output.setSampleBufferDelegate(self, queue: queue)
    guard session.canAddOutput(output) else { throw CannotRun("the camera gives no pictures that the app can read") }
    session.addOutput(output)
  }

  func captureOutput(
    _ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer, from connection: AVCaptureConnection
  ) {
    guard let frame = CMSampleBufferGetImageBuffer(sampleBuffer), gate.enter() else { return }
    do {
      let degrees = Int((turn?.videoRotationAngleForHorizonLevelCapture ?? 90).rounded())
      take(try PixelBufferReader.picture(frame), degrees, facing)
    } catch {
      gate.done()
      fail(PlainReason.of(error))
    }
  }
}
