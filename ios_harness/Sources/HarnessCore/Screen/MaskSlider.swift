/// How a photo and what lies over it are compared.
public enum Comparison: String, CaseIterable, Sendable {
  /// The mask lies over the photo, more or less see-through.
  case opacity
  /// The mask lies left of a line, the label right of it.
  case wipe

  /// What the slider is called.
  public var label: String {
    switch self {
    case .opacity: "Opacity of the mask"
    case .wipe: "From mask to label"
    }
  }
}

/// The slider over a photo: which comparison, and how far; from 0 to 1 whatever comes in.
public struct MaskSlider: Equatable, Sendable {
  public private(set) var comparison: Comparison
  public private(set) var share: Double
  public private(set) var hasLabel: Bool

  public init(hasLabel: Bool, comparison: Comparison = .opacity, share: Double = 0.6) {
    self.hasLabel = hasLabel
    self.comparison = hasLabel ? comparison : .opacity
    self.share = MaskSlider.cut(share)
  }

  /// The comparisons that there are: a photo without a label has nothing to wipe to.
  public var comparisons: [Comparison] { hasLabel ? Comparison.allCases : [.opacity] }

  /// Take another comparison; each begins where it says most.
  public mutating func choose(_ other: Comparison) {
    guard comparisons.contains(other), other != comparison else { return }
    comparison = other
    share = other == .opacity ? 0.6 : 0.5
  }

  /// Move to a place; what is no number leaves it where it is.
  public mutating func move(to place: Double) {
    if place.isFinite { share = MaskSlider.cut(place) }
  }

  /// How much of the mask is seen, and how far from the left it reaches, from 0 to 1.
  public var maskOpacity: Double { comparison == .opacity ? share : 1 }
  public var maskReach: Double { comparison == .opacity ? 1 : share }

  /// Where the label is seen: right of the mask; nil where it is not shown.
  public var labelFrom: Double? { comparison == .wipe ? share : nil }

  /// What VoiceOver reads for the slider's place.
  public var spoken: String { Decimals.fixed(share * 100, places: 0) + " %" }

  private static func cut(_ value: Double) -> Double { value.isFinite ? min(1, max(0, value)) : 0.5 }
}
