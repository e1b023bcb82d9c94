// A stand-in for the orders of bytes of CoreGraphics.

extension CGBitmapInfo {
  // objc: @enum CGBitmapInfo.kCGBitmapByteOrder32Little
  public static let byteOrder32Little = CGBitmapInfo(rawValue: 8192)
}
