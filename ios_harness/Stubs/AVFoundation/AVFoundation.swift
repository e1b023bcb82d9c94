// A stand-in for Apple's module AVFoundation: a capture session with one camera and its frames.

@_exported import CoreMedia
@_exported import Foundation
@_exported import FoundationOnApple
@_exported import QuartzCore

// doc: https://developer.apple.com/documentation/avfoundation/avmediatype
public struct AVMediaType: Hashable, Sendable {
  // c: var AVMediaTypeVideo
  public static let video = AVMediaType()
}

// objc: @enum AVAuthorizationStatus
public enum AVAuthorizationStatus: Int, Sendable {
  // objc: @enum AVAuthorizationStatus.NotDetermined
  case notDetermined = 0
  // objc: @enum AVAuthorizationStatus.Restricted
  case restricted = 1
  // objc: @enum AVAuthorizationStatus.Denied
  case denied = 2
  // objc: @enum AVAuthorizationStatus.Authorized
  case authorized = 3
}

// objc: @class AVCaptureDevice
open class AVCaptureDevice: NSObject {
  // doc: https://developer.apple.com/documentation/avfoundation/avcapturedevice/devicetype-swift.struct
  public struct DeviceType: Hashable, Sendable {
    // c: var AVCaptureDeviceTypeBuiltInWideAngleCamera
    public static let builtInWideAngleCamera = DeviceType()
  }

  // objc: @enum AVCaptureDevicePosition
  public enum Position: Int, Sendable {
    // objc: @enum AVCaptureDevicePosition.Unspecified
    case unspecified = 0
    // objc: @enum AVCaptureDevicePosition.Back
    case back = 1
    // objc: @enum AVCaptureDevicePosition.Front
    case front = 2
  }

  // objc: @class AVCaptureDeviceRotationCoordinator
  open class RotationCoordinator: NSObject {
    // objc: -[AVCaptureDeviceRotationCoordinator initWithDevice:previewLayer:]
    public init(device: AVCaptureDevice, previewLayer: CALayer?) { stub() }
    // objc: @property AVCaptureDeviceRotationCoordinator.videoRotationAngleForHorizonLevelCapture
    open var videoRotationAngleForHorizonLevelCapture: CGFloat { stub() }
  }

  // objc: +[AVCaptureDevice defaultDeviceWithDeviceType:mediaType:position:] renamed
  open class func `default`(
    _ deviceType: DeviceType,
    for mediaType: AVMediaType?,
    position: Position
  ) -> AVCaptureDevice? { stub() }
  // objc: +[AVCaptureDevice authorizationStatusForMediaType:]
  open class func authorizationStatus(for mediaType: AVMediaType) -> AVAuthorizationStatus { stub() }
  // objc: +[AVCaptureDevice requestAccessForMediaType:completionHandler:]
  open class func requestAccess(for mediaType: AVMediaType) async -> Bool { stub() }
}

// objc: @class AVCaptureInput
open class AVCaptureInput: NSObject {}

// objc: @class AVCaptureOutput
open class AVCaptureOutput: NSObject {}

// objc: @class AVCaptureConnection
open class AVCaptureConnection: NSObject {}

// objc: @class AVCaptureDeviceInput
open class AVCaptureDeviceInput: AVCaptureInput {
  // objc: -[AVCaptureDeviceInput initWithDevice:error:]
  public init(device: AVCaptureDevice) throws { stub() }
}

// objc: @protocol AVCaptureVideoDataOutputSampleBufferDelegate
public protocol AVCaptureVideoDataOutputSampleBufferDelegate: NSObjectProtocol {
  // Optional in Objective-C; asked for here, so that a misspelt one is no method that nobody ever calls.
  // objc: -[AVCaptureVideoDataOutputSampleBufferDelegate captureOutput:didOutputSampleBuffer:fromConnection:]
  func captureOutput(
    _ output: AVCaptureOutput,
    didOutput sampleBuffer: CMSampleBuffer,
    from connection: AVCaptureConnection
  )
}

// objc: @class AVCaptureVideoDataOutput
open class AVCaptureVideoDataOutput: AVCaptureOutput {
  // objc: @property AVCaptureVideoDataOutput.videoSettings
  open var videoSettings: [String: Any]! = [:]
  // objc: @property AVCaptureVideoDataOutput.alwaysDiscardsLateVideoFrames
  open var alwaysDiscardsLateVideoFrames = true
  // objc: -[AVCaptureVideoDataOutput setSampleBufferDelegate:queue:]
  open func setSampleBufferDelegate(
    _ sampleBufferDelegate: (any AVCaptureVideoDataOutputSampleBufferDelegate)?,
    queue sampleBufferCallbackQueue: DispatchQueue?
  ) { stub() }
}

// objc: @class AVCaptureSession
open class AVCaptureSession: NSObject {
  // doc: https://developer.apple.com/documentation/avfoundation/avcapturesession/preset
  public struct Preset: Hashable, Sendable {
    // c: var AVCaptureSessionPreset640x480 renamed
    public static let vga640x480 = Preset()
  }

  // objc: @property AVCaptureSession.inputs
  open var inputs: [AVCaptureInput] { stub() }
  // objc: @property AVCaptureSession.outputs
  open var outputs: [AVCaptureOutput] { stub() }
  // objc: @property AVCaptureSession.running
  open var isRunning: Bool { stub() }
  // objc: @property AVCaptureSession.sessionPreset
  open var sessionPreset = Preset()
  // objc: -[AVCaptureSession canSetSessionPreset:]
  open func canSetSessionPreset(_ preset: Preset) -> Bool { stub() }
  // objc: -[AVCaptureSession canAddInput:]
  open func canAddInput(_ input: AVCaptureInput) -> Bool { stub() }
  // objc: -[AVCaptureSession addInput:]
  open func addInput(_ input: AVCaptureInput) { stub() }
  // objc: -[AVCaptureSession removeInput:]
  open func removeInput(_ input: AVCaptureInput) { stub() }
  // objc: -[AVCaptureSession canAddOutput:]
  open func canAddOutput(_ output: AVCaptureOutput) -> Bool { stub() }
  // objc: -[AVCaptureSession addOutput:]
  open func addOutput(_ output: AVCaptureOutput) { stub() }
  // objc: -[AVCaptureSession beginConfiguration]
  open func beginConfiguration() { stub() }
  // objc: -[AVCaptureSession commitConfiguration]
  open func commitConfiguration() { stub() }
  // objc: -[AVCaptureSession startRunning]
  open func startRunning() { stub() }
  // objc: -[AVCaptureSession stopRunning]
  open func stopRunning() { stub() }
}
