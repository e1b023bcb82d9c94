/// Scores in single precision, one plane of `heightPx` x `widthPx` a class; docs/preprocessing.md, "Back to the photo's
/// size".
///
/// `notFinite` says how many are NaN or infinite: a file that gives any fails, though its class map is defined.
public struct Scores: Sendable {
  public let classes: Int
  public let heightPx: Int
  public let widthPx: Int
  public let values: [Float]
  public let notFinite: Int

  /// As many values as the three sizes say.
  package init(classes: Int, heightPx: Int, widthPx: Int, values: [Float], notFinite: Int) {
    precondition(Sizes.count([classes, heightPx, widthPx]) == values.count)
    self.classes = classes
    self.heightPx = heightPx
    self.widthPx = widthPx
    self.values = values
    self.notFinite = notFinite
  }

  /// The class map at a photo's size: scores are resized bilinearly, then the first of the highest is taken.
  ///
  /// Throws `DataRefused` for a size that no photo has, and for more classes than a byte tells apart.
  public func classMap(photoHeightPx: Int, photoWidthPx: Int) throws -> ClassMap {
    guard let count = Sizes.count([photoHeightPx, photoWidthPx]) else {
      throw DataRefused(.otherSize, "no photo is of \(photoHeightPx) x \(photoWidthPx)")
    }
    guard classes <= 256 else { throw DataRefused(.unsupported, "a class map has no room for \(classes) classes") }
    let rows = Neighbours(heightPx, photoHeightPx)
    let columns = Neighbours(widthPx, photoWidthPx)
    let finite = notFinite == 0 ? values : values.map(Scores.finite)
    var best = [Float](repeating: 0, count: photoWidthPx)
    var line = [Float](repeating: 0, count: widthPx)
    var pixels = [UInt8](repeating: 0, count: count)
    finite.withUnsafeBufferPointer { finite in
      line.withUnsafeMutableBufferPointer { line in
        best.withUnsafeMutableBufferPointer { best in
          pixels.withUnsafeMutableBufferPointer { pixels in
            for y in 0..<photoHeightPx {
              let low = finite[(rows.low[y] * widthPx)...]
              let high = finite[(rows.high[y] * widthPx)...]
              let row = UnsafeMutableBufferPointer(rebasing: pixels[(y * photoWidthPx)...].prefix(photoWidthPx))
              for number in 0..<classes {
                let plane = number * heightPx * widthPx
                mix(low.dropFirst(plane), high.dropFirst(plane), rows.share[y], line)
                columns.take(UInt8(number), line, best, row)
              }
            }
          }
        }
      }
    }
    return try ClassMap(heightPx: photoHeightPx, widthPx: photoWidthPx, pixels: pixels)
  }

  /// Mix two rows of a plane.
  private func mix(
    _ low: Slice<UnsafeBufferPointer<Float>>, _ high: Slice<UnsafeBufferPointer<Float>>, _ share: Float,
    _ line: UnsafeMutableBufferPointer<Float>
  ) {
    let low = UnsafeBufferPointer(rebasing: low.prefix(widthPx))
    let high = UnsafeBufferPointer(rebasing: high.prefix(widthPx))
    let rest = 1 - share
    for x in 0..<widthPx { line[x] = low[x] * rest + high[x] * share }
  }

  /// Which two inputs each output lies between, half-pixel centres, edges repeated, and how near the second is.
  private struct Neighbours {
    private(set) var low: [Int] = []
    private(set) var high: [Int] = []
    private(set) var share: [Float] = []

    init(_ count: Int, _ size: Int) {
      for number in 0..<size {
        let place = max(0, (Double(number) + 0.5) * Double(count) / Double(size) - 0.5)
        low.append(min(Int(place), count - 1))
        high.append(min(low[number] + 1, count - 1))
        share.append(Float(place - Double(low[number])))
      }
    }

    /// Mix a row's values for each pixel, and keep a class where it is the first, or higher than those before it.
    func take(
      _ number: UInt8, _ line: UnsafeMutableBufferPointer<Float>, _ best: UnsafeMutableBufferPointer<Float>,
      _ row: UnsafeMutableBufferPointer<UInt8>
    ) {
      low.withUnsafeBufferPointer { low in
        high.withUnsafeBufferPointer { high in
          share.withUnsafeBufferPointer { share in
            for x in 0..<row.count {
              let value = line[low[x]] * (1 - share[x]) + line[high[x]] * share[x]
              if number == 0 || value > best[x] {
                best[x] = value
                row[x] = number
              }
            }
          }
        }
      }
    }
  }

  private static func finite(_ value: Float) -> Float {
    let greatest = Float.greatestFiniteMagnitude
    return value.isNaN ? -greatest : min(max(value, -greatest), greatest)
  }
}
