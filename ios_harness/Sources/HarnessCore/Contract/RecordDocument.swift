// A record before it is written.

/// One run of one file on one phone, as it becomes a record.
///
/// Parts that are nil are null in the record; `unknown` says why, by JSON pointer. Reasons that hold of every phone,
/// and of figures that the method does not give, need not be in it.
public struct RecordDocument: Equatable, Sendable {
  public var status: String
  public var reason: String
  public var run: RunPart
  public var program: ProgramPart
  public var artifact: Manifest
  public var manifestSha256: String
  public var runtime: RuntimePart
  public var device: DevicePart
  public var accelerator: AcceleratorPart?
  public var start: StatePart?
  public var end: StatePart?
  public var conditions: Conditions?
  public var load: LoadPart?
  public var memory: MemoryPart?
  public var warmUpRuns: Int?
  public var yardstick: YardstickPart?
  public var turns: [Turn]
  public var endToEnd: [Passage]
  public var golden: GoldenResult?
  public var statistics: Statistics?
  public var verdict: Verdict?
  public var bundle: BundlePart
  public var unknown: [String: String]

  public init(
    status: String,
    reason: String,
    run: RunPart,
    program: ProgramPart,
    artifact: Manifest,
    manifestSha256: String,
    runtime: RuntimePart,
    device: DevicePart,
    accelerator: AcceleratorPart?,
    start: StatePart?,
    end: StatePart?,
    conditions: Conditions?,
    load: LoadPart?,
    memory: MemoryPart?,
    warmUpRuns: Int?,
    yardstick: YardstickPart?,
    turns: [Turn],
    endToEnd: [Passage],
    golden: GoldenResult?,
    statistics: Statistics?,
    verdict: Verdict?,
    bundle: BundlePart,
    unknown: [String: String]
  ) {
    self.status = status
    self.reason = reason
    self.run = run
    self.program = program
    self.artifact = artifact
    self.manifestSha256 = manifestSha256
    self.runtime = runtime
    self.device = device
    self.accelerator = accelerator
    self.start = start
    self.end = end
    self.conditions = conditions
    self.load = load
    self.memory = memory
    self.warmUpRuns = warmUpRuns
    self.yardstick = yardstick
    self.turns = turns
    self.endToEnd = endToEnd
    self.golden = golden
    self.statistics = statistics
    self.verdict = verdict
    self.bundle = bundle
    self.unknown = unknown
  }
}
