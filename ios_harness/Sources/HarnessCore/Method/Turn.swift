// What was seen in one turn.

/// What the yardstick's two pieces of work took.
public struct Reading: Equatable, Sendable {
  public var integerMs: Double
  public var memoryMs: Double

  public init(integerMs: Double, memoryMs: Double) {
    self.integerMs = integerMs
    self.memoryMs = memoryMs
  }
}

/// Some runs of one file without a pause, between two readings of the yardstick; nil: not known.
///
/// `number`: of the pass over all files. `startedS`: since the first pass began. `atMs`: when each run began, since the
/// turn did. `batch`: runs in each sample, 1 where the clock is fine. `device`: where nobody looked at it, the record
/// has no such field.
public struct Turn: Equatable, Sendable {
  public var number: Int
  public var startedS: Double
  public var before: Reading
  public var after: Reading
  public var wallMs: Double
  public var cpuMs: Double?
  public var waitedMs: Double?
  public var othersMs: Double?
  public var stolenMs: Double?
  public var switches: Int?
  public var atMs: [Double]
  public var executeMs: [Double]
  public var preMs: [Double]?
  public var postMs: [Double]?
  public var batch: Int
  public var device: TurnDevice?

  public init(
    number: Int,
    startedS: Double,
    before: Reading,
    after: Reading,
    wallMs: Double,
    cpuMs: Double?,
    waitedMs: Double?,
    othersMs: Double?,
    stolenMs: Double?,
    switches: Int?,
    atMs: [Double],
    executeMs: [Double],
    preMs: [Double]? = nil,
    postMs: [Double]? = nil,
    batch: Int = 1,
    device: TurnDevice? = nil
  ) {
    self.number = number
    self.startedS = startedS
    self.before = before
    self.after = after
    self.wallMs = wallMs
    self.cpuMs = cpuMs
    self.waitedMs = waitedMs
    self.othersMs = othersMs
    self.stolenMs = stolenMs
    self.switches = switches
    self.atMs = atMs
    self.executeMs = executeMs
    self.preMs = preMs
    self.postMs = postMs
    self.batch = batch
    self.device = device
  }
}

/// What the device was like during one turn, `/device` of a turn; nil: not known, and `unknown` says why.
///
/// `thermal`: the system's word for heat that slows, empty for none. `cores`: on which the process's threads were seen.
/// `frequencyShare`: of each of these, of its highest frequency; as long as `cores`. `isForeground`: all through the turn.
public struct TurnDevice: Equatable, Sendable {
  public var batteryC: Double?
  public var power: String?
  public var thermal: String?
  public var cores: [Int]?
  public var frequencyShare: [Double]?
  public var isForeground: Bool?

  public init(
    batteryC: Double?,
    power: String?,
    thermal: String?,
    cores: [Int]?,
    frequencyShare: [Double]?,
    isForeground: Bool?
  ) {
    self.batteryC = batteryC
    self.power = power
    self.thermal = thermal
    self.cores = cores
    self.frequencyShare = frequencyShare
    self.isForeground = isForeground
  }
}
