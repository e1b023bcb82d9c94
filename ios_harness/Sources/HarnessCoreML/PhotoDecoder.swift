#if canImport(CoreML)
  import CoreGraphics
  import Foundation
  import HarnessCore
  import ImageIO

  /// A photo as it stands upright, at its own size, as 8-bit sRGB; docs/preprocessing.md, "Photos".
  public enum PhotoDecoder {
    private static let mostPixels = 100_000_000

    /// Throws `CannotRun` for what is no photo, is too large, or has pixels that one can see through.
    public static func decode(_ photo: URL) throws -> Picture {
      let name = photo.lastPathComponent
      guard let source = CGImageSourceCreateWithURL(photo as CFURL, nil) else {
        throw CannotRun("\(name) is no photo that iOS reads")
      }
      return try decode(source, name: name)
    }

    /// The same of bytes. `name`: for messages.
    public static func decode(_ data: Data, name: String) throws -> Picture {
      guard let source = CGImageSourceCreateWithData(data as CFData, nil) else {
        throw CannotRun("\(name) is no photo that iOS reads")
      }
      return try decode(source, name: name)
    }

    private static func decode(_ source: CGImageSource, name: String) throws -> Picture {
      let found = CGImageSourceCopyPropertiesAtIndex(source, 0, nil) as? [CFString: Any] ?? [:]
      let width = (found[kCGImagePropertyPixelWidth] as? NSNumber)?.intValue ?? 0
      let height = (found[kCGImagePropertyPixelHeight] as? NSNumber)?.intValue ?? 0
      guard width > 0, height > 0 else { throw CannotRun("\(name) is no photo that iOS reads") }
      guard width <= mostPixels / height else { throw CannotRun("\(name) is too large") }
      let orientation = (found[kCGImagePropertyOrientation] as? NSNumber)?.intValue ?? 1
      guard let image = CGImageSourceCreateImageAtIndex(source, 0, nil) else {
        throw CannotRun("\(name) is damaged: iOS does not read it")
      }
      guard image.width == width, image.height == height else {
        throw CannotRun("\(name) is not of the size that it says")
      }
      switch image.alphaInfo {
      case .none, .noneSkipFirst, .noneSkipLast: break
      default: throw CannotRun("\(name) has pixels that one can see through; their colours are not certain")
      }
      return try Turns.upright(picture(image, name: name), orientation: orientation)
    }

    /// Draw an image at its own size, so that nothing is filtered, into memory of four bytes a pixel. Throws `CannotRun`.
    public static func picture(_ image: CGImage, name: String) throws -> Picture {
      let (width, height) = (image.width, image.height)
      var pixels = [UInt8](repeating: 0, count: 4 * width * height)
      let isDrawn = pixels.withUnsafeMutableBytes { memory in
        guard let space = CGColorSpace(name: CGColorSpace.sRGB),
          let context = CGContext(
            data: memory.baseAddress,
            width: width,
            height: height,
            bitsPerComponent: 8,
            bytesPerRow: 4 * width,
            space: space,
            bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue
          )
        else { return false }
        context.interpolationQuality = .none
        context.draw(image, in: CGRect(x: 0, y: 0, width: width, height: height))
        return true
      }
      guard isDrawn else { throw CannotRun("\(name) does not fit into the app's memory") }
      var rgb = [UInt8](repeating: 0, count: 3 * width * height)
      for pixel in 0..<(width * height) {
        rgb[3 * pixel] = pixels[4 * pixel]
        rgb[3 * pixel + 1] = pixels[4 * pixel + 1]
        rgb[3 * pixel + 2] = pixels[4 * pixel + 2]
      }
      return try Picture(heightPx: height, widthPx: width, rgb: rgb)
    }
  }
#endif
