/// A photo to an input's size, `pillow-bilinear` to the last bit; docs/preprocessing.md, "Resize".
public enum Resize {
  private static let bits: Int32 = 22

  /// Resize in two passes, each rounded to 8 bits; columns first where the height shrinks by far more.
  ///
  /// Throws `DataRefused` for a size that no picture has.
  public static func resize(_ picture: Picture, heightPx: Int, widthPx: Int) throws -> Picture {
    guard Sizes.isOfAPicture(heightPx, widthPx) else {
      throw DataRefused(.otherSize, "no picture is brought to \(heightPx) x \(widthPx)")
    }
    let lessHeight = picture.heightPx - heightPx
    let lessWidth = picture.widthPx - widthPx
    if lessHeight > max(0, 2 * lessWidth) {
      return try across(down(picture, heightPx), widthPx)
    }
    return try down(across(picture, widthPx), heightPx)
  }

  /// The inputs that each output takes: from `firsts[i]` on as many as `ends` says, with weights in 22 bits.
  private struct Taps {
    var firsts: [Int] = []
    var ends: [Int] = [0]
    var weights: [Int32] = []

    init(_ count: Int, _ size: Int) {
      let scale = Double(count) / Double(size)
      let wide = max(scale, 1)
      for place in 0..<size {
        let center = (Double(place) + 0.5) * scale
        let first = max(0, Int(center - wide + 0.5))
        let last = min(count, Int(center + wide + 0.5))
        let shares: [Double] = (first..<last).map { (tap: Int) -> Double in
          let away: Double = (Double(tap) - center + 0.5) * (1 / wide)
          return max(0, 1 - abs(away))
        }
        let whole: Double = shares.reduce(0, +)
        firsts.append(first)
        let one = Double(1 << bits)
        weights += shares.map { (share: Double) -> Int32 in
          let scaled: Double = share / whole * one + 0.5
          return Int32(scaled.rounded(.down))
        }
        ends.append(weights.count)
      }
    }
  }

  private static func across(_ picture: Picture, _ widthPx: Int) throws -> Picture {
    if picture.widthPx == widthPx { return picture }
    let taps = Taps(picture.widthPx, widthPx)
    let count = 3 * picture.heightPx * widthPx
    let rgb = [UInt8](unsafeUninitializedCapacity: count) { made, size in
      picture.rgb.withUnsafeBufferPointer { from in
        taps.weights.withUnsafeBufferPointer { weights in
          var at = 0
          for row in 0..<picture.heightPx {
            for column in 0..<widthPx {
              var source = 3 * (row * picture.widthPx + taps.firsts[column])
              var (red, green, blue) = (half, half, half)
              for tap in taps.ends[column]..<taps.ends[column + 1] {
                let weight = weights[tap]
                red &+= weight &* Int32(from[source])
                green &+= weight &* Int32(from[source + 1])
                blue &+= weight &* Int32(from[source + 2])
                source += 3
              }
              made[at] = cut(red)
              made[at + 1] = cut(green)
              made[at + 2] = cut(blue)
              at += 3
            }
          }
        }
      }
      size = count
    }
    return try Picture(heightPx: picture.heightPx, widthPx: widthPx, rgb: rgb)
  }

  private static func down(_ picture: Picture, _ heightPx: Int) throws -> Picture {
    if picture.heightPx == heightPx { return picture }
    let taps = Taps(picture.heightPx, heightPx)
    let line = 3 * picture.widthPx
    var totals = [Int32](repeating: 0, count: line)
    let rgb = [UInt8](unsafeUninitializedCapacity: line * heightPx) { made, size in
      picture.rgb.withUnsafeBufferPointer { from in
        totals.withUnsafeMutableBufferPointer { totals in
          for row in 0..<heightPx {
            totals.update(repeating: half)
            let first = taps.firsts[row]
            for tap in taps.ends[row]..<taps.ends[row + 1] {
              let weight = taps.weights[tap]
              let source = UnsafeBufferPointer(rebasing: from[((first + tap - taps.ends[row]) * line)...].prefix(line))
              for place in 0..<line { totals[place] &+= weight &* Int32(source[place]) }
            }
            for place in 0..<line { made[row * line + place] = cut(totals[place]) }
          }
        }
      }
      size = line * heightPx
    }
    return try Picture(heightPx: heightPx, widthPx: picture.widthPx, rgb: rgb)
  }

  private static let half: Int32 = 1 << (bits - 1)

  @inline(__always)
  private static func cut(_ total: Int32) -> UInt8 { UInt8(truncatingIfNeeded: min(max(total >> bits, 0), 255)) }
}
