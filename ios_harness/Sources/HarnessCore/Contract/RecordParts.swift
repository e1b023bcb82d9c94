// The parts of a record, typed; docs/record.md says what each field means. nil: not known.

/// `/run`.
public struct RunPart: Equatable, Sendable {
  public var id: String
  public var place: Int
  public var files: Int
  public var startedAt: String
  public var seed: Int

  public init(id: String, place: Int, files: Int, startedAt: String, seed: Int) {
    self.id = id
    self.place = place
    self.files = files
    self.startedAt = startedAt
    self.seed = seed
  }
}

/// `/program`.
public struct ProgramPart: Equatable, Sendable {
  public var name: String
  public var version: String
  public var commit: String?
  public var buildType: String
  public var hasDebugger: Bool?
  public var launch: String

  public init(name: String, version: String, commit: String?, buildType: String, hasDebugger: Bool?, launch: String) {
    self.name = name
    self.version = version
    self.commit = commit
    self.buildType = buildType
    self.hasDebugger = hasDebugger
    self.launch = launch
  }
}

/// `/runtime`. `desktopVersion`: of the same runtime on the computer that exported the file.
public struct RuntimePart: Equatable, Sendable {
  public var name: String
  public var tool: String?
  public var version: String?
  public var threadsAsked: Int
  public var threads: Int?
  public var label: String
  public var desktopVersion: String?

  public init(
    name: String,
    tool: String?,
    version: String?,
    threadsAsked: Int,
    threads: Int?,
    label: String = "",
    desktopVersion: String? = nil
  ) {
    self.name = name
    self.tool = tool
    self.version = version
    self.threadsAsked = threadsAsked
    self.threads = threads
    self.label = label
    self.desktopVersion = desktopVersion
  }
}

/// `/device`; never a serial number, a host's name or an address.
public struct DevicePart: Equatable, Sendable {
  public var maker: String?
  public var model: String?
  public var soc: String?
  public var cpu: String?
  public var cpuFeatures: [String]?
  public var cores: Int?
  public var memoryBytes: Int?
  public var os: String?
  public var machine: String?
  public var isSimulator: Bool?

  public init(
    maker: String?,
    model: String?,
    soc: String?,
    cpu: String?,
    cpuFeatures: [String]?,
    cores: Int?,
    memoryBytes: Int?,
    os: String?,
    machine: String?,
    isSimulator: Bool?
  ) {
    self.maker = maker
    self.model = model
    self.soc = soc
    self.cpu = cpu
    self.cpuFeatures = cpuFeatures
    self.cores = cores
    self.memoryBytes = memoryBytes
    self.os = os
    self.machine = machine
    self.isSimulator = isSimulator
  }
}

/// `/accelerator`.
public struct AcceleratorPart: Equatable, Sendable {
  public var asked: String
  public var obtained: String?
  public var nodes: Int?
  public var nodesDelegated: Int?
  public var fallback: String?
  public var arithmetic: Arithmetic?
  public var planned: PlannedPart?

  public init(
    asked: String,
    obtained: String?,
    nodes: Int?,
    nodesDelegated: Int?,
    fallback: String?,
    arithmetic: Arithmetic?,
    planned: PlannedPart? = nil
  ) {
    self.asked = asked
    self.obtained = obtained
    self.nodes = nodes
    self.nodesDelegated = nodesDelegated
    self.fallback = fallback
    self.arithmetic = arithmetic
    self.planned = planned
  }
}

/// `/accelerator/planned`: operations by the unit that the system plans to run them on, which says not what ran them.
public struct PlannedPart: Equatable, Sendable {
  public var cpu: Int
  public var gpu: Int
  public var npu: Int

  public init(cpu: Int, gpu: Int, npu: Int) {
    self.cpu = cpu
    self.gpu = gpu
    self.npu = npu
  }
}

/// `/state/start` and `/state/end`.
public struct StatePart: Equatable, Sendable {
  public var at: String
  public var power: String?
  public var batteryC: Double?
  public var thermal: String?
  public var isLowPower: Bool?
  public var isForeground: Bool?
  public var busyCores: Double?
  public var load1Min: Double?
  public var frequencyShare: Double?
  public var governor: String?

  public init(
    at: String,
    power: String?,
    batteryC: Double?,
    thermal: String?,
    isLowPower: Bool?,
    isForeground: Bool?,
    busyCores: Double?,
    load1Min: Double?,
    frequencyShare: Double?,
    governor: String?
  ) {
    self.at = at
    self.power = power
    self.batteryC = batteryC
    self.thermal = thermal
    self.isLowPower = isLowPower
    self.isForeground = isForeground
    self.busyCores = busyCores
    self.load1Min = load1Min
    self.frequencyShare = frequencyShare
    self.governor = governor
  }
}

/// `/load`.
public struct LoadPart: Equatable, Sendable {
  public var coldMs: Double?
  public var warmMs: Double?
  public var firstInferenceMs: Double?
  public var coldMeans: String
  public var state: String?
  public var compileMs: Double?

  public init(
    coldMs: Double?, warmMs: Double?, firstInferenceMs: Double?, coldMeans: String, state: String?,
    compileMs: Double? = nil
  ) {
    self.coldMs = coldMs
    self.warmMs = warmMs
    self.firstInferenceMs = firstInferenceMs
    self.coldMeans = coldMeans
    self.state = state
    self.compileMs = compileMs
  }
}

/// `/memory`.
public struct MemoryPart: Equatable, Sendable {
  public var beforeBytes: Int?
  public var loadedBytes: Int?
  public var peakBytes: Int?
  public var runs: Int?
  public var metric: String?

  public init(beforeBytes: Int?, loadedBytes: Int?, peakBytes: Int?, runs: Int?, metric: String?) {
    self.beforeBytes = beforeBytes
    self.loadedBytes = loadedBytes
    self.peakBytes = peakBytes
    self.runs = runs
    self.metric = metric
  }
}

/// `/yardstick`.
public struct YardstickPart: Equatable, Sendable {
  public var version: String
  public var best: Reading?
  public var reachedAt: String?

  public init(version: String, best: Reading?, reachedAt: String?) {
    self.version = version
    self.best = best
    self.reachedAt = reachedAt
  }
}

/// One of `/end_to_end`.
public struct Passage: Equatable, Sendable {
  public var atS: Double
  public var preMs: Double
  public var executeMs: Double
  public var postMs: Double

  public init(atS: Double, preMs: Double, executeMs: Double, postMs: Double) {
    self.atS = atS
    self.preMs = preMs
    self.executeMs = executeMs
    self.postMs = postMs
  }
}

/// What a run gave of a photo: the hash of its class map and its agreement with the golden one; nil: none.
public struct PhotoResult: Equatable, Sendable {
  public var mapSha256: String?
  public var agreement: Double?

  public init(mapSha256: String?, agreement: Double?) {
    self.mapSha256 = mapSha256
    self.agreement = agreement
  }
}

/// `/bundle`.
public struct BundlePart: Equatable, Sendable {
  public var sha256: String
  public var job: String
  public var run: Int
  public var photos: [BundlePhoto]
  public var results: [PhotoResult]

  public init(sha256: String, job: String, run: Int, photos: [BundlePhoto], results: [PhotoResult]) {
    self.sha256 = sha256
    self.job = job
    self.run = run
    self.photos = photos
    self.results = results
  }
}
