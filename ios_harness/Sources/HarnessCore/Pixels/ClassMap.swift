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

  /// The class at a place in row-major order, 0 to 255.
  public func at(_ place: Int) -> Int { Int(pixels[place]) }

  /// Bring it to another size by taking the nearest pixel, which is found in whole numbers.
  ///
  /// Throws `DataRefused` for a size that no photo has.
  public func resized(heightPx: Int, widthPx: Int) throws -> ClassMap {
    guard let count = Sizes.count([heightPx, widthPx]) else {
      throw DataRefused(.otherSize, "no class map is brought to \(heightPx) x \(widthPx)")
    }
    let columns = ClassMap.nearest(self.widthPx, widthPx)
    let rows = ClassMap.nearest(self.heightPx, heightPx)
    let found = [UInt8](unsafeUninitializedCapacity: count) { made, size in
      pixels.withUnsafeBufferPointer { pixels in
        columns.withUnsafeBufferPointer { columns in
          for y in 0..<heightPx {
            let row = rows[y] * self.widthPx
            for x in 0..<widthPx { made[y * widthPx + x] = pixels[row + columns[x]] }
          }
        }
      }
      size = count
    }
    return try ClassMap(heightPx: heightPx, widthPx: widthPx, pixels: found)
  }

  private static func nearest(_ count: Int, _ size: Int) -> [Int] {
    (0..<size).map { (2 * $0 + 1) * count / (2 * size) }
  }
}
