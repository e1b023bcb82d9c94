// Enough of CoreGraphics to run the examples: a picture is drawn at its own size, as bytes.

@_exported import Foundation

public final class CGColorSpace {
  public static let sRGB = "sRGB"

  public init?(name: String) { if name != CGColorSpace.sRGB { return nil } }
}

public enum CGImageAlphaInfo: UInt32 { case noneSkipFirst = 6 }

public struct CGBitmapInfo {
  public let rawValue: UInt32
  public static let byteOrder32Little = CGBitmapInfo(rawValue: 8192)
}

public final class CGImage {
  public let (width, height): (Int, Int)
  let rgb: [UInt8]

  public init(width: Int, height: Int, rgb: [UInt8]) { (self.width, self.height, self.rgb) = (width, height, rgb) }
}

public final class CGContext {
  private let memory: UnsafeMutableRawPointer
  private let (width, height, row): (Int, Int, Int)

  public init?(
    data: UnsafeMutableRawPointer?, width: Int, height: Int, bitsPerComponent: Int, bytesPerRow: Int,
    space: CGColorSpace,
    bitmapInfo: UInt32
  ) {
    guard let data, bitsPerComponent == 8, bytesPerRow >= 4 * width, bitmapInfo == 8192 | 6 else { return nil }
    (memory, self.width, self.height, row) = (data, width, height, bytesPerRow)
  }

  public func draw(_ image: CGImage, in rect: CGRect) {
    precondition(rect == CGRect(x: 0, y: 0, width: width, height: height))
    precondition(image.width == width && image.height == height, "this one does not shrink")
    for (place, value) in image.rgb.enumerated() {
      let (y, x) = (place / 3).quotientAndRemainder(dividingBy: width)
      memory.storeBytes(of: value, toByteOffset: y * row + 4 * x + 2 - place % 3, as: UInt8.self)
    }
  }
}
