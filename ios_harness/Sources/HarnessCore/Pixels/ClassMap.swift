/// The class of each pixel, row by row from the upper left; a byte is a class from 0 to 255.
public struct ClassMap: Equatable, Sendable {
  public let heightPx: Int
  public let widthPx: Int
  public let pixels: [UInt8]

  /// Throws `DataRefused` where the pixels are not as many as the size says.
  public init(heightPx: Int, widthPx: Int, pixels: [UInt8]) throws {
    guard Sizes.fits(heightPx, widthPx, count: pixels.count) else {
      throw DataRefused(.otherSize, "\(pixels.count) pixels are no \(heightPx) x \(widthPx) class map")
    }
    self.heightPx = heightPx
    self.widthPx = widthPx
    self.pixels = pixels
  }
}
