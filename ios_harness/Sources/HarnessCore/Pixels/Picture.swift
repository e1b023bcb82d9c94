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

  /// One of the three values at a pixel, 0 to 255.
  public func at(_ row: Int, _ column: Int, _ channel: Int) -> Int { Int(rgb[(row * widthPx + column) * 3 + channel]) }
}

/// Sizes from outside, which no product may make overflow.
enum Sizes {
  /// As many pixels and numbers as anything here may have: what a manifest may say of a tensor.
  static let most = 1 << 28

  /// Say whether a picture may have a size, its three colours no more than a tensor's numbers.
  static func isOfAPicture(_ heightPx: Int, _ widthPx: Int) -> Bool { count([heightPx, widthPx, 3]) != nil }

  /// How many numbers a shape holds; nil where that is none, or more than anything here may have.
  static func count(_ shape: [Int]) -> Int? {
    var found = 1
    for size in shape {
      guard size > 0, size <= most / found else { return nil }
      found *= size
    }
    return found
  }

  /// Say whether numbers at these strides lie within memory of `limit` bytes, each `sizeBytes` long; nothing overflows.
  static func areWithin(limit: Int, shape: [Int], stridesBytes: [Int], offset: Int = 0, sizeBytes: Int) -> Bool {
    guard shape.count == stridesBytes.count, offset >= 0, offset <= limit, sizeBytes <= limit - offset else {
      return false
    }
    var last = offset
    for (size, stride) in zip(shape, stridesBytes) where size > 1 {
      let (reach, isTooLarge) = (size - 1).multipliedReportingOverflow(by: stride)
      guard stride >= 0, !isTooLarge, reach <= limit - sizeBytes - last else { return false }
      last += reach
    }
    return true
  }

  /// Say whether a size is one, and has so many pixels.
  static func fits(_ heightPx: Int, _ widthPx: Int, count: Int) -> Bool {
    let (product, isTooLarge) = heightPx.multipliedReportingOverflow(by: widthPx)
    return heightPx > 0 && widthPx > 0 && !isTooLarge && product == count
  }
}
