// A stand-in for Apple's module CoreVideo.
// C has names of its own.
// swift-format-ignore-file

@_exported import CoreGraphics
@_exported import Foundation
@_exported import FoundationOnApple

// doc: https://developer.apple.com/documentation/corevideo/cvbuffer
public final class CVBuffer {}
// doc: https://developer.apple.com/documentation/corevideo/cvimagebuffer
public typealias CVImageBuffer = CVBuffer
// doc: https://developer.apple.com/documentation/corevideo/cvpixelbuffer
public typealias CVPixelBuffer = CVImageBuffer
// doc: https://developer.apple.com/documentation/corevideo/cvreturn
public typealias CVReturn = Int32

// c: var kCVReturnSuccess
public var kCVReturnSuccess: CVReturn { 0 }
// c: var kCVPixelFormatType_32BGRA
public var kCVPixelFormatType_32BGRA: OSType { 0 }
// c: var kCVPixelFormatType_420YpCbCr8BiPlanarFullRange
public var kCVPixelFormatType_420YpCbCr8BiPlanarFullRange: OSType { 0 }
// c: var kCVPixelBufferIOSurfacePropertiesKey
public let kCVPixelBufferIOSurfacePropertiesKey: CFString = ""
// c: var kCVPixelBufferPixelFormatTypeKey
public let kCVPixelBufferPixelFormatTypeKey: CFString = ""

// objc: @enum CVPixelBufferLockFlags
public struct CVPixelBufferLockFlags: OptionSet, Sendable {
  // doc: https://developer.apple.com/documentation/swift/optionset
  public let rawValue: UInt64
  // doc: https://developer.apple.com/documentation/swift/optionset
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  // objc: @enum CVPixelBufferLockFlags.kCVPixelBufferLock_ReadOnly
  public static let readOnly = CVPixelBufferLockFlags(rawValue: 1)
}

// c: fn CVPixelBufferCreate
public func CVPixelBufferCreate(
  _ allocator: CFAllocator?,
  _ width: Int,
  _ height: Int,
  _ pixelFormatType: OSType,
  _ pixelBufferAttributes: CFDictionary?,
  _ pixelBufferOut: UnsafeMutablePointer<CVPixelBuffer?>
) -> CVReturn { stub() }
// c: fn CVPixelBufferLockBaseAddress
@discardableResult
public func CVPixelBufferLockBaseAddress(_ pixelBuffer: CVPixelBuffer, _ lockFlags: CVPixelBufferLockFlags) -> CVReturn
{
  stub()
}
// c: fn CVPixelBufferUnlockBaseAddress
@discardableResult
public func CVPixelBufferUnlockBaseAddress(
  _ pixelBuffer: CVPixelBuffer,
  _ unlockFlags: CVPixelBufferLockFlags
) -> CVReturn { stub() }
// c: fn CVPixelBufferGetBaseAddress
public func CVPixelBufferGetBaseAddress(_ pixelBuffer: CVPixelBuffer) -> UnsafeMutableRawPointer? { stub() }
// c: fn CVPixelBufferGetBytesPerRow
public func CVPixelBufferGetBytesPerRow(_ pixelBuffer: CVPixelBuffer) -> Int { stub() }
// c: fn CVPixelBufferGetWidth
public func CVPixelBufferGetWidth(_ pixelBuffer: CVPixelBuffer) -> Int { stub() }
// c: fn CVPixelBufferGetHeight
public func CVPixelBufferGetHeight(_ pixelBuffer: CVPixelBuffer) -> Int { stub() }
// c: fn CVPixelBufferGetPixelFormatType
public func CVPixelBufferGetPixelFormatType(_ pixelBuffer: CVPixelBuffer) -> OSType { stub() }
// c: fn CVPixelBufferGetPlaneCount
public func CVPixelBufferGetPlaneCount(_ pixelBuffer: CVPixelBuffer) -> Int { stub() }
// c: fn CVPixelBufferGetBaseAddressOfPlane
public func CVPixelBufferGetBaseAddressOfPlane(
  _ pixelBuffer: CVPixelBuffer,
  _ planeIndex: Int
) -> UnsafeMutableRawPointer? { stub() }
// c: fn CVPixelBufferGetBytesPerRowOfPlane
public func CVPixelBufferGetBytesPerRowOfPlane(_ pixelBuffer: CVPixelBuffer, _ planeIndex: Int) -> Int { stub() }
// c: fn CVPixelBufferGetHeightOfPlane
public func CVPixelBufferGetHeightOfPlane(_ pixelBuffer: CVPixelBuffer, _ planeIndex: Int) -> Int { stub() }
