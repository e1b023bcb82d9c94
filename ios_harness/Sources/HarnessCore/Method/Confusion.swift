/// Pixels by label (rows) and by what a file says (columns), and the scores that follow; docs/method.md.
struct Confusion: Equatable, Sendable {
  let classes: Int
  /// Row-major: `counts[label * classes + predicted]`.
  var counts: [Int]

  init(classes: Int) {
    self.classes = classes
    counts = [Int](repeating: 0, count: classes * classes)
  }

  mutating func add(_ matrix: [Int]) {
    for place in counts.indices { counts[place] += matrix[place] }
  }

  func iou(_ kind: Int) -> Double? {
    var labelled = 0
    var predicted = 0
    for other in 0..<classes {
      labelled += counts[kind * classes + other]
      predicted += counts[other * classes + kind]
    }
    let hits = counts[kind * classes + kind]
    return labelled == 0 ? nil : Double(hits) / Double(labelled + predicted - hits)
  }

  func miou() -> Double? {
    let known = (0..<classes).compactMap(iou)
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }
}
