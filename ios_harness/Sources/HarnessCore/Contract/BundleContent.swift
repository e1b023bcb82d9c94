// What a bundle.json says, typed; docs/bundle.md has the fields. Names of fields are those of the page.

/// What a bundle.json says, typed; docs/bundle.md has the fields. Names of fields are those of the page.
public struct BundleContent: Equatable, Sendable {
  public var name: String
  public var job: Job
  public var data: DataSet
  public var classes: [String]
  public var colorsRgb: [[Int]]
  public var artifacts: [BundleArtifact]
  public var inputs: [BundleInput]
  public var networks: Int
  public var photos: [BundlePhoto]
  public var golden: [GoldenMaps]
  public var files: [String: ListedFile]

  public init(
    name: String,
    job: Job,
    data: DataSet,
    classes: [String],
    colorsRgb: [[Int]],
    artifacts: [BundleArtifact],
    inputs: [BundleInput],
    networks: Int,
    photos: [BundlePhoto],
    golden: [GoldenMaps],
    files: [String: ListedFile]
  ) {
    self.name = name
    self.job = job
    self.data = data
    self.classes = classes
    self.colorsRgb = colorsRgb
    self.artifacts = artifacts
    self.inputs = inputs
    self.networks = networks
    self.photos = photos
    self.golden = golden
    self.files = files
  }
}

/// What is to be run, and how long it may take.
public struct Job: Equatable, Sendable {
  public var runs: [AskedRun]
  public var seed: Int
  public var passes: Int
  public var runLimitS: Int
  public var totalLimitS: Int
  public var maxTempC: Double?

  public init(runs: [AskedRun], seed: Int, passes: Int, runLimitS: Int, totalLimitS: Int, maxTempC: Double?) {
    self.runs = runs
    self.seed = seed
    self.passes = passes
    self.runLimitS = runLimitS
    self.totalLimitS = totalLimitS
    self.maxTempC = maxTempC
  }
}

/// One run of the job: it gives one record.
public struct AskedRun: Equatable, Sendable {
  public var artifact: Int
  public var accelerator: String
  public var threads: Int

  public init(artifact: Int, accelerator: String, threads: Int) {
    self.artifact = artifact
    self.accelerator = accelerator
    self.threads = threads
  }
}

/// The photos' data set.
public struct DataSet: Equatable, Sendable {
  public var name: String
  public var split: String
  public var hash: String

  public init(name: String, split: String, hash: String) {
    self.name = name
    self.split = split
    self.hash = hash
  }
}

/// A file to run; `file` may be a package's folder.
public struct BundleArtifact: Equatable, Sendable {
  public var name: String
  public var file: String
  public var manifest: String
  public var target: String
  public var runtime: String
  public var sha256: String
  public var sizeBytes: Int
  public var heightPx: Int
  public var widthPx: Int
  public var input: Int
  public var network: Int?

  public init(
    name: String,
    file: String,
    manifest: String,
    target: String,
    runtime: String,
    sha256: String,
    sizeBytes: Int,
    heightPx: Int,
    widthPx: Int,
    input: Int,
    network: Int?
  ) {
    self.name = name
    self.file = file
    self.manifest = manifest
    self.target = target
    self.runtime = runtime
    self.sha256 = sha256
    self.sizeBytes = sizeBytes
    self.heightPx = heightPx
    self.widthPx = widthPx
    self.input = input
    self.network = network
  }
}

/// All photos at one input size.
public struct BundleInput: Equatable, Sendable {
  public var file: String
  public var heightPx: Int
  public var widthPx: Int

  public init(file: String, heightPx: Int, widthPx: Int) {
    self.file = file
    self.heightPx = heightPx
    self.widthPx = widthPx
  }
}

/// A photo, its size once it stands upright.
public struct BundlePhoto: Equatable, Sendable {
  public var file: String
  public var originalSha256: String
  public var bundledSha256: String
  public var heightPx: Int
  public var widthPx: Int
  public var label: String?
  public var labelSha256: String?

  public init(
    file: String,
    originalSha256: String,
    bundledSha256: String,
    heightPx: Int,
    widthPx: Int,
    label: String?,
    labelSha256: String?
  ) {
    self.file = file
    self.originalSha256 = originalSha256
    self.bundledSha256 = bundledSha256
    self.heightPx = heightPx
    self.widthPx = widthPx
    self.label = label
    self.labelSha256 = labelSha256
  }
}

/// What an artifact gave on the computer, photo by photo. `allowed`: shares of pixels that may differ, by arithmetic.
public struct GoldenMaps: Equatable, Sendable {
  public var maps: [String]
  public var networkMaps: [String]?
  public var leastNetworkAgreement: Double
  public var arithmetic: Arithmetic
  public var allowed: [Arithmetic: [Double]]

  public init(
    maps: [String],
    networkMaps: [String]?,
    leastNetworkAgreement: Double,
    arithmetic: Arithmetic,
    allowed: [Arithmetic: [Double]]
  ) {
    self.maps = maps
    self.networkMaps = networkMaps
    self.leastNetworkAgreement = leastNetworkAgreement
    self.arithmetic = arithmetic
    self.allowed = allowed
  }
}

/// A file of the bundle.
public struct ListedFile: Equatable, Sendable {
  public var name: String
  public var sha256: String
  public var sizeBytes: Int

  public init(name: String, sha256: String, sizeBytes: Int) {
    self.name = name
    self.sha256 = sha256
    self.sizeBytes = sizeBytes
  }
}
