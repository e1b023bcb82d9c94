/// A picture of 8-bit RGB, row by row from the upper left, three bytes a pixel.
public struct Picture: Equatable, Sendable {
  public let heightPx: Int
  public let widthPx: Int
  public let rgb: [UInt8]

  /// Throws `DataRefused` where the bytes are not as many as the size says.
  public init(heightPx: Int, widthPx: Int, rgb: [UInt8]) throws {
    guard rgb.count % 3 == 0, Sizes.fits(heightPx, widthPx, count: rgb.count / 3) else {
      throw DataRefused(.otherSize, "\(rgb.count) bytes are no \(heightPx) x \(widthPx) picture")
    }
    self.heightPx = heightPx
    self.widthPx = widthPx
    self.rgb = rgb
  }
}

/// Sizes from outside, which no product may make overflow.
enum Sizes {
  /// Say whether a size is one, and has so many pixels.
  static func fits(_ heightPx: Int, _ widthPx: Int, count: Int) -> Bool {
    let (product, isTooLarge) = heightPx.multipliedReportingOverflow(by: widthPx)
    return heightPx > 0 && widthPx > 0 && !isTooLarge && product == count
  }
}
