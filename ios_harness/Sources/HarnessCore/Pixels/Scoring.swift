/// Counts a class map's pixels by what its label says.
extension Confusion {
  /// A label that does not count.
  public static let ignored = 255

  /// Count a photo's pixels. Throws `DataRefused`, before anything is counted.
  public mutating func add(_ predicted: ClassMap, label: ClassMap) throws {
    guard predicted.heightPx == label.heightPx, predicted.widthPx == label.widthPx else {
      throw DataRefused(.otherSize, "a class map and its label are of two sizes")
    }
    var found = [Int](repeating: 0, count: counts.count)
    for (said, right) in zip(predicted.pixels.lazy.map(Int.init), label.pixels.lazy.map(Int.init)) {
      guard said < classes else { throw DataRefused(.noSuchClass, "class \(said) of \(classes) classes") }
      if right == Self.ignored { continue }
      guard right < classes else { throw DataRefused(.noSuchLabel, "label \(right) of \(classes) classes") }
      found[right * classes + said] += 1
    }
    add(found)
  }
}
