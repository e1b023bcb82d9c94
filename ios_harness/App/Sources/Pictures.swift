import CoreGraphics
import Foundation
import HarnessCore
import HarnessCoreML
import ImageIO

/// Pictures to look at, of pixels that the core computed and of photos; what is measured never comes from here.
enum Pictures {
  /// The longest side of a photo that is shown or picked: a glance needs no more, and memory is short.
  static let shownPx = 2048

  /// Four bytes a pixel, colours multiplied with alpha, as an image; nil where the system has no memory for it.
  static func image(_ rgba: [UInt8], heightPx: Int, widthPx: Int) -> CGImage? {
    guard let data = CGDataProvider(data: Data(rgba) as CFData), let space = CGColorSpace(name: CGColorSpace.sRGB)
    else { return nil }
    return CGImage(
      width: widthPx, height: heightPx, bitsPerComponent: 8, bitsPerPixel: 32, bytesPerRow: 4 * widthPx, space: space,
      bitmapInfo: CGBitmapInfo(rawValue: CGImageAlphaInfo.premultipliedLast.rawValue), provider: data, decode: nil,
      shouldInterpolate: false, intent: .defaultIntent)
  }

  static func image(_ picture: Picture) -> CGImage? {
    image(MaskPixels.rgba(picture), heightPx: picture.heightPx, widthPx: picture.widthPx)
  }

  static func image(_ map: ClassMap, table: [UInt8]) -> CGImage? {
    image(MaskPixels.rgba(map, table: table), heightPx: map.heightPx, widthPx: map.widthPx)
  }

  /// A photo's bytes as a picture that stands upright, its longest side no longer than asked; nil where it is none.
  static func small(_ data: Data, sidePx: Int) -> CGImage? {
    guard let source = CGImageSourceCreateWithData(data as CFData, nil) else { return nil }
    let options: [CFString: Any] = [
      kCGImageSourceCreateThumbnailFromImageAlways: true,
      kCGImageSourceCreateThumbnailWithTransform: true,
      kCGImageSourceThumbnailMaxPixelSize: sidePx,
    ]
    return CGImageSourceCreateThumbnailAtIndex(source, 0, options as CFDictionary)
  }

  /// A photo of a kept bundle, small; nil where it cannot be read.
  static func small(_ sha256: String, photo: Int, sidePx: Int) -> CGImage? {
    guard let file = try? Places.bundles.file(sha256), let bundle = try? OpenBundle.open(file) else { return nil }
    defer { bundle.close() }
    guard let bytes = try? bundle.read(bundle.content.photos[photo].file) else { return nil }
    return small(Data(bytes), sidePx: sidePx)
  }
}
