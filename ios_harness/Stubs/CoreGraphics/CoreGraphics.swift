// A stand-in for Apple's module CoreGraphics, whose C functions Swift shows as members.

@_exported import Foundation
@_exported import FoundationOnApple

// doc: https://developer.apple.com/documentation/coregraphics/cgcolorspace
public final class CGColorSpace {
  // c: fn CGColorSpaceCreateWithName
  public init?(name: CFString) { stub() }
  // c: var kCGColorSpaceSRGB
  public static let sRGB: CFString = ""
}

// objc: @enum CGImageAlphaInfo
public enum CGImageAlphaInfo: UInt32, Sendable {
  // objc: @enum CGImageAlphaInfo.kCGImageAlphaNone
  case none = 0
  // objc: @enum CGImageAlphaInfo.kCGImageAlphaPremultipliedLast
  case premultipliedLast = 1
  // objc: @enum CGImageAlphaInfo.kCGImageAlphaPremultipliedFirst
  case premultipliedFirst = 2
  // objc: @enum CGImageAlphaInfo.kCGImageAlphaLast
  case last = 3
  // objc: @enum CGImageAlphaInfo.kCGImageAlphaFirst
  case first = 4
  // objc: @enum CGImageAlphaInfo.kCGImageAlphaNoneSkipLast
  case noneSkipLast = 5
  // objc: @enum CGImageAlphaInfo.kCGImageAlphaNoneSkipFirst
  case noneSkipFirst = 6
  // objc: @enum CGImageAlphaInfo.kCGImageAlphaOnly
  case alphaOnly = 7
}

// objc: @enum CGInterpolationQuality
public enum CGInterpolationQuality: Int32, Sendable {
  // objc: @enum CGInterpolationQuality.kCGInterpolationDefault
  case `default` = 0
  // objc: @enum CGInterpolationQuality.kCGInterpolationNone
  case none = 1
}

// objc: @enum CGColorRenderingIntent
public enum CGColorRenderingIntent: Int32, Sendable {
  // objc: @enum CGColorRenderingIntent.kCGRenderingIntentDefault renamed
  case defaultIntent = 0
}

// objc: @enum CGBitmapInfo
public struct CGBitmapInfo: OptionSet, Sendable {
  // doc: https://developer.apple.com/documentation/swift/optionset
  public let rawValue: UInt32
  // doc: https://developer.apple.com/documentation/swift/optionset
  public init(rawValue: UInt32) { self.rawValue = rawValue }
}

// doc: https://developer.apple.com/documentation/coregraphics/cgdataprovider
public final class CGDataProvider {
  // c: fn CGDataProviderCreateWithCFData
  public init?(data: CFData) { stub() }
}

// doc: https://developer.apple.com/documentation/coregraphics/cgimage
public final class CGImage {
  // c: fn CGImageCreate
  public init?(
    width: Int,
    height: Int,
    bitsPerComponent: Int,
    bitsPerPixel: Int,
    bytesPerRow: Int,
    space: CGColorSpace,
    bitmapInfo: CGBitmapInfo,
    provider: CGDataProvider,
    decode: UnsafePointer<CGFloat>?,
    shouldInterpolate: Bool,
    intent: CGColorRenderingIntent
  ) { stub() }
  // c: fn CGImageGetWidth
  public var width: Int { stub() }
  // c: fn CGImageGetHeight
  public var height: Int { stub() }
  // c: fn CGImageGetAlphaInfo
  public var alphaInfo: CGImageAlphaInfo { stub() }
}

// doc: https://developer.apple.com/documentation/coregraphics/cgcontext
public final class CGContext {
  // c: fn CGBitmapContextCreate
  public init?(
    data: UnsafeMutableRawPointer?,
    width: Int,
    height: Int,
    bitsPerComponent: Int,
    bytesPerRow: Int,
    space: CGColorSpace,
    bitmapInfo: UInt32
  ) { stub() }
  // c: fn CGContextSetInterpolationQuality
  public var interpolationQuality: CGInterpolationQuality = .default
  // c: fn CGContextDrawImage
  public func draw(_ image: CGImage, in rect: CGRect) { stub() }
  // c: fn CGBitmapContextCreateImage renamed
  public func makeImage() -> CGImage? { stub() }
}
