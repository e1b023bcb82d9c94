/// The coarsest numbers that a file or an accelerator computes in, fine to coarse; docs/bundle.md.
public enum Arithmetic: String, CaseIterable, Comparable, Sendable {
  case float32
  case float16
  case int8

  /// The share of the pixels along edges that may differ.
  public var edgeShare: Double {
    switch self {
    case .float32: 0.01
    case .float16: 0.1
    case .int8: 0.2
    }
  }

  /// The coarser of this and another; one that is not known counts as 16-bit floats.
  public func coarser(_ other: Arithmetic?) -> Arithmetic { max(self, other ?? .float16) }

  public static func < (one: Arithmetic, other: Arithmetic) -> Bool { one.edgeShare < other.edgeShare }
}
