/// What a class map that is far from its golden one, of the same size, looks like, in a sentence.
enum Likeness {
  private static let shiftPx = 2

  /// Name what it is, or what undoes at least half of what differs; empty where nothing does.
  static func of(_ found: ClassMap, _ golden: ClassMap, agreement: Double, before: ClassMap?) -> String {
    if let before, before == found { return "it is the map of the photo before it" }
    if found.pixels.allSatisfy({ $0 == found.pixels[0] }) {
      return "it is class \(found.at(0)) everywhere, as where no output was written"
    }
    let best = undone(found, golden).max { $0.share < $1.share }
    return best.map { $0.share > (1 + agreement) / 2 ? $0.sentence : "" } ?? ""
  }

  private static func undone(_ found: ClassMap, _ golden: ClassMap) -> [(sentence: String, share: Double)] {
    let height = found.heightPx
    let width = found.widthPx
    func moved(_ source: (_ row: Int, _ column: Int) -> Int) -> Double { share(found, golden, source) }
    var all = [
      ("it is upside down", moved { row, column in (height - 1 - row) * width + column }),
      ("it is mirrored", moved { row, column in row * width + width - 1 - column }),
      ("it is turned by 180 degrees", moved { row, column in (height - 1 - row) * width + width - 1 - column }),
      (
        "classes are exchanged: the output's axis or the list of classes is another",
        share(of: renamed(found, golden), golden)
      ),
    ]
    for down in -shiftPx...shiftPx {
      for right in -shiftPx...shiftPx where down != 0 || right != 0 {
        let sentence = "it is moved by \(-down) rows and \(-right) columns: another rule of resizing"
        let gone = moved { row, column in wrapped(row - down, height) * width + wrapped(column - right, width) }
        all.append((sentence, gone))
      }
    }
    if height == width {
      all.append(("rows and columns are exchanged", moved { row, column in column * width + row }))
    }
    return all.map { (sentence: $0.0, share: $0.1) }
  }

  private static func wrapped(_ place: Int, _ count: Int) -> Int { (place % count + count) % count }

  private static func share(
    _ found: ClassMap, _ golden: ClassMap, _ source: (_ row: Int, _ column: Int) -> Int
  ) -> Double {
    var equal = 0
    var place = 0
    found.pixels.withUnsafeBufferPointer { found in
      golden.pixels.withUnsafeBufferPointer { pixels in
        for row in 0..<golden.heightPx {
          for column in 0..<golden.widthPx {
            if found[source(row, column)] == pixels[place] { equal += 1 }
            place += 1
          }
        }
      }
    }
    return Double(equal) / Double(golden.pixels.count)
  }

  private static func share(of pixels: [UInt8], _ golden: ClassMap) -> Double {
    Double(zip(pixels, golden.pixels).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }) / Double(pixels.count)
  }

  /// Call each class what the golden map mostly calls its pixels, where no two get one name.
  private static func renamed(_ found: ClassMap, _ golden: ClassMap) -> [UInt8] {
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 256), count: 256)
    for (ours, theirs) in zip(found.pixels, golden.pixels) { counts[Int(ours)][Int(theirs)] += 1 }
    var names = [UInt8](repeating: 0, count: 256)
    var given = Set<UInt8>()
    for kind in 0..<256 where counts[kind].contains(where: { $0 > 0 }) {
      let most = counts[kind].indices.max { counts[kind][$0] < counts[kind][$1] } ?? kind
      names[kind] = UInt8(most)
      guard given.insert(names[kind]).inserted else { return found.pixels }
    }
    return found.pixels.map { names[Int($0)] }
  }
}
