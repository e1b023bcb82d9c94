/// Pixels by label (rows) and by what a file says (columns), and the scores that follow; docs/method.md.
public struct Confusion: Equatable, Sendable {
  public let classes: Int
  /// Row-major: `counts[label * classes + predicted]`.
  public private(set) var counts: [Int]

  public init(classes: Int) {
    self.classes = classes
    counts = [Int](repeating: 0, count: classes * classes)
  }

  public mutating func add(_ matrix: [Int]) {
    for place in counts.indices { counts[place] += matrix[place] }
  }

  public func iou(_ kind: Int) -> Double? {
    var labelled = 0
    var predicted = 0
    for other in 0..<classes {
      labelled += counts[kind * classes + other]
      predicted += counts[other * classes + kind]
    }
    let hits = counts[kind * classes + kind]
    return labelled == 0 ? nil : Double(hits) / Double(labelled + predicted - hits)
  }

  public func miou() -> Double? {
    let known = (0..<classes).compactMap(iou)
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }
}
