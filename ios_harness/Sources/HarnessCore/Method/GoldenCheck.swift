// The golden check; docs/bundle.md.

/// How the golden check of a run came out, as a record says it; errors are shares of a photo's pixels.
public struct GoldenResult: Equatable, Sendable {
  public var status: GoldenStatus
  public var reason: String
  public var values: Int
  public var maxAbsError: Double?
  public var tolerance: Double?

  public init(status: GoldenStatus, reason: String, values: Int, maxAbsError: Double?, tolerance: Double?) {
    self.status = status
    self.reason = reason
    self.values = values
    self.maxAbsError = maxAbsError
    self.tolerance = tolerance
  }
}
