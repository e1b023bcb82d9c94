/// How near a class map is to another. `likely`: what one that is not near looks like; empty where nothing explains it.
///
/// `agreement`, `allowed`: shares of the pixels, of those that are equal and of those that may differ.
public struct Judged: Equatable, Sendable {
  public let agreement: Double
  public let allowed: Double
  public let isNear: Bool
  public let likely: String
}

/// Is a class map what the desktop's run of the same file gave? docs/bundle.md, "The golden check".
public enum Judge {
  private static let leastPixels = 16.0
  private static let awayPx = 3
  private static let awayShare = 0.25

  /// The share of a photo's pixels that may differ from its golden map.
  public static func allowedShare(_ golden: ClassMap, _ arithmetic: Arithmetic) -> Double {
    let along = arithmetic.edgeShare * Double(edgePixels(golden))
    return min(1, max(leastPixels, along) / Double(golden.pixels.count))
  }

  /// How many pixels of a map have a neighbour of another class.
  package static func edgePixels(_ map: ClassMap) -> Int { Edges(map).count }

  /// The share of pixels on which two maps of one size are equal; 0 for two sizes.
  public static func agreement(_ one: ClassMap, _ other: ClassMap) -> Double {
    Double(equalPixels(one, other)) / Double(other.pixels.count)
  }

  /// How many pixels of two maps of one size are equal; none for two sizes.
  public static func equalPixels(_ one: ClassMap, _ other: ClassMap) -> Int {
    guard one.heightPx == other.heightPx, one.widthPx == other.widthPx else { return 0 }
    return zip(one.pixels, other.pixels).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
  }

  /// Compare a photo's class map with its golden one. `before`: the map of the photo that ran before it.
  public static func judge(
    _ found: ClassMap, golden: ClassMap, allowed: Double, before: ClassMap? = nil
  ) -> Judged {
    guard found.heightPx == golden.heightPx, found.widthPx == golden.widthPx else {
      let sizes = "it is \(found.heightPx) x \(found.widthPx), not \(golden.heightPx) x \(golden.widthPx)"
      return Judged(agreement: 0, allowed: allowed, isNear: false, likely: sizes)
    }
    let near = Edges(golden).widened(px: awayPx)
    let size = Double(golden.pixels.count)
    var differ = 0
    var away = 0
    for place in golden.pixels.indices where found.pixels[place] != golden.pixels[place] {
      differ += 1
      if !near[place] { away += 1 }
    }
    let agreement = 1 - Double(differ) / size
    let isNear =
      Double(differ) / size <= allowed && Double(away) / size <= max(leastPixels / size, awayShare * allowed)
    let likely = isNear ? "" : Likeness.of(found, golden, agreement: agreement, before: before)
    return Judged(agreement: agreement, allowed: allowed, isNear: isNear, likely: likely)
  }
}
