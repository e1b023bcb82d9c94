/// Class maps as pictures that lie over a photo: what is background shows the photo.
public enum MaskPixels {
  /// Grey, half seen through: pixels that a label leaves out.
  static let ignored: [UInt8] = [76, 76, 76, 153]

  /// Four bytes a class: red, green, blue, alpha, colours multiplied with alpha. Class 0 is the background.
  public static func table(_ colorsRgb: [[Int]]) -> [UInt8] {
    var table = [UInt8](repeating: 0, count: 4 * 256)
    for (kind, color) in colorsRgb.enumerated().dropFirst().prefix(254) where color.count == 3 {
      for channel in 0..<3 { table[4 * kind + channel] = UInt8(clamping: color[channel]) }
      table[4 * kind + 3] = 255
    }
    table.replaceSubrange(4 * 255..<4 * 256, with: ignored)
    return table
  }

  /// A map's pixels, four bytes each, row by row.
  public static func rgba(_ map: ClassMap, table: [UInt8]) -> [UInt8] {
    precondition(table.count == 4 * 256, "a table has four bytes a class")
    return [UInt8](unsafeUninitializedCapacity: 4 * map.pixels.count) { buffer, count in
      var at = 0
      for kind in map.pixels {
        let from = 4 * Int(kind)
        for channel in 0..<4 { buffer[at + channel] = table[from + channel] }
        at += 4
      }
      count = at
    }
  }

  /// A picture's pixels, four bytes each, without transparency.
  public static func rgba(_ picture: Picture) -> [UInt8] {
    let pixels = picture.rgb.count / 3
    return [UInt8](unsafeUninitializedCapacity: 4 * pixels) { buffer, count in
      for place in 0..<pixels {
        for channel in 0..<3 { buffer[4 * place + channel] = picture.rgb[3 * place + channel] }
        buffer[4 * place + 3] = 255
      }
      count = 4 * pixels
    }
  }
}
