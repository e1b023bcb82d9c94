// Whether a measurement counts, and why not.

/// How far a measurement may be trusted.
public enum VerdictKind: String, Sendable {
  case valid = "VALID"
  case unstable = "UNSTABLE"
  case invalid = "INVALID"
}

/// How the golden check came out.
public enum GoldenStatus: String, Sendable {
  case passed
  case failed
  case notChecked = "not checked"
}

/// What a measurement was made under; nil: not known here; docs/method.md, "The verdict".
public struct Conditions: Equatable, Sendable {
  public var isBestKnown: Bool
  public var othersBefore: Double?
  public var othersDuring: Double?
  public var othersAfter: Double?
  public var stolen: Double?
  public var swappedBytes: Int?
  public var frequency: Double?
  public var thermal: String?
  public var isLowPower: Bool?
  public var isHidden: Bool?
  public var isDebugBuild: Bool?
  public var hasDebugger: Bool?
  public var isSimulator: Bool?
  public var isTest: Bool?
  public var acceleratorAsked: String
  public var acceleratorObtained: String?
  public var golden: GoldenStatus
  public var goldenReason: String

  public init(
    isBestKnown: Bool,
    othersBefore: Double? = nil,
    othersDuring: Double? = nil,
    othersAfter: Double? = nil,
    stolen: Double? = nil,
    swappedBytes: Int? = nil,
    frequency: Double? = nil,
    thermal: String? = nil,
    isLowPower: Bool? = nil,
    isHidden: Bool? = nil,
    isDebugBuild: Bool? = nil,
    hasDebugger: Bool? = nil,
    isSimulator: Bool? = nil,
    isTest: Bool? = nil,
    acceleratorAsked: String = "cpu",
    acceleratorObtained: String? = "cpu",
    golden: GoldenStatus = .passed,
    goldenReason: String = ""
  ) {
    self.isBestKnown = isBestKnown
    self.othersBefore = othersBefore
    self.othersDuring = othersDuring
    self.othersAfter = othersAfter
    self.stolen = stolen
    self.swappedBytes = swappedBytes
    self.frequency = frequency
    self.thermal = thermal
    self.isLowPower = isLowPower
    self.isHidden = isHidden
    self.isDebugBuild = isDebugBuild
    self.hasDebugger = hasDebugger
    self.isSimulator = isSimulator
    self.isTest = isTest
    self.acceleratorAsked = acceleratorAsked
    self.acceleratorObtained = acceleratorObtained
    self.golden = golden
    self.goldenReason = goldenReason
  }
}

/// A verdict and its reasons: those that make it INVALID come first, VALID has none.
public struct Verdict: Equatable, Sendable {
  public var kind: VerdictKind
  public var reasons: [String]

  public init(kind: VerdictKind, reasons: [String]) {
    self.kind = kind
    self.reasons = reasons
  }
}
