/// The pixels of a class map along its edges, and those near them; docs/bundle.md, "The golden check".
struct Edges: Sendable {
  private let widthPx: Int
  private var marked: [Bool]

  /// Mark the pixels that have a neighbour of another class, left, right, above or below.
  init(_ map: ClassMap) {
    let width = map.widthPx
    let count = map.pixels.count
    widthPx = width
    marked = [Bool](repeating: false, count: count)
    marked.withUnsafeMutableBufferPointer { marked in
      map.pixels.withUnsafeBufferPointer { pixels in
        for start in stride(from: 0, to: count, by: width) {
          for place in start..<(start + width) {
            if place + 1 < start + width, pixels[place] != pixels[place + 1] {
              marked[place] = true
              marked[place + 1] = true
            }
            if place + width < count, pixels[place] != pixels[place + width] {
              marked[place] = true
              marked[place + width] = true
            }
          }
        }
      }
    }
  }

  /// How many there are.
  var count: Int { marked.reduce(0) { $0 + ($1 ? 1 : 0) } }

  /// Whether a pixel, by its place in row-major order, is marked.
  subscript(place: Int) -> Bool { marked[place] }

  /// Mark what lies within so many steps along rows and columns, too.
  func widened(px: Int) -> Edges {
    var found = self
    for _ in 0..<px { found = found.oneWider() }
    return found
  }

  private func oneWider() -> Edges {
    var found = self
    found.marked.withUnsafeMutableBufferPointer { wider in
      for place in 0..<marked.count where marked[place] {
        let column = place % widthPx
        if column > 0 { wider[place - 1] = true }
        if column < widthPx - 1 { wider[place + 1] = true }
        if place >= widthPx { wider[place - widthPx] = true }
        if place + widthPx < wider.count { wider[place + widthPx] = true }
      }
    }
    return found
  }
}
