// A stand-in for Apple's module ImageIO.
// C has names of its own.
// swift-format-ignore-file

@_exported import CoreGraphics
@_exported import Foundation
@_exported import FoundationOnApple

// doc: https://developer.apple.com/documentation/imageio/cgimagesource
public final class CGImageSource {}

// c: var kCGImagePropertyPixelWidth
public let kCGImagePropertyPixelWidth: CFString = ""
// c: var kCGImagePropertyPixelHeight
public let kCGImagePropertyPixelHeight: CFString = ""
// c: var kCGImagePropertyOrientation
public let kCGImagePropertyOrientation: CFString = ""
// c: var kCGImageSourceCreateThumbnailFromImageAlways
public let kCGImageSourceCreateThumbnailFromImageAlways: CFString = ""
// c: var kCGImageSourceCreateThumbnailWithTransform
public let kCGImageSourceCreateThumbnailWithTransform: CFString = ""
// c: var kCGImageSourceThumbnailMaxPixelSize
public let kCGImageSourceThumbnailMaxPixelSize: CFString = ""
// c: fn CGImageSourceCreateWithURL
public func CGImageSourceCreateWithURL(_ url: CFURL, _ options: CFDictionary?) -> CGImageSource? { stub() }
// c: fn CGImageSourceCreateWithData
public func CGImageSourceCreateWithData(_ data: CFData, _ options: CFDictionary?) -> CGImageSource? { stub() }
// c: fn CGImageSourceCopyPropertiesAtIndex
public func CGImageSourceCopyPropertiesAtIndex(
  _ isrc: CGImageSource,
  _ index: Int,
  _ options: CFDictionary?
) -> CFDictionary? { stub() }
// c: fn CGImageSourceCreateThumbnailAtIndex
public func CGImageSourceCreateThumbnailAtIndex(
  _ isrc: CGImageSource,
  _ index: Int,
  _ options: CFDictionary?
) -> CGImage? { stub() }
// c: fn CGImageSourceCreateImageAtIndex
public func CGImageSourceCreateImageAtIndex(
  _ isrc: CGImageSource,
  _ index: Int,
  _ options: CFDictionary?
) -> CGImage? { stub() }
