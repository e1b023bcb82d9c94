import Foundation

/// A job as it was asked for, kept beside its work: so an app that ended while it ran can go on with it.
///
/// `only`: the runs that are wanted, nil: all. `coolDownS`: the pause after each pass. `byComputer`: it was started with a
/// job's id on the command line.
public struct AskedJob: Equatable, Sendable {
  public var bundle: String
  public var job: String
  public var only: [Int]?
  public var coolDownS: Int
  public var byComputer: Bool

  /// The pause that a person can ask for, in seconds.
  public static let pauseS = 20

  public init(bundle: String, job: String, only: [Int]? = nil, coolDownS: Int = 0, byComputer: Bool = false) {
    self.bundle = bundle
    self.job = job
    self.only = only
    self.coolDownS = coolDownS
    self.byComputer = byComputer
  }

  static let file = "asked.json"
  static let mostBytes = 1 << 16
  static let mostCoolDownS = 3600

  /// Keep it. Throws `StorageRefused`.
  public func keep(work: URL) throws {
    let folder = work.appendingPathComponent(job)
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let table = JsonObject([
      "bundle": .of(bundle), "job": .of(job), "only": .of(only), "cool_down_s": .of(coolDownS),
      "by_computer": .of(byComputer),
    ])
    try AtomicFile.write(to: folder.appendingPathComponent(AskedJob.file), data: JsonWriter.bytes(.table(table)))
  }

  /// What was asked of a job; nil where nothing that can be read says it.
  public static func of(job: String, work: URL) -> AskedJob? {
    let file = work.appendingPathComponent(job).appendingPathComponent(AskedJob.file)
    guard Hashes.isId(job), let data = try? SmallFile.read(file, mostBytes: mostBytes),
      case .table(let table)? = try? JsonReader.read(data),
      case .text(let bundle)? = table["bundle"], Hashes.isSha256(bundle.text),
      case .text(let named)? = table["job"], Texts.areSame(named.text, job),
      case .boolean(let byComputer)? = table["by_computer"], let only = places(table["only"]),
      let coolDownS = places(.list([table["cool_down_s"] ?? .null]))?.first, coolDownS <= mostCoolDownS
    else { return nil }
    return AskedJob(
      bundle: bundle.text, job: job, only: only.isEmpty ? nil : only, coolDownS: coolDownS, byComputer: byComputer)
  }

  /// None for null; nil for what is no list of places.
  private static func places(_ value: JsonValue?) -> [Int]? {
    switch value {
    case .null: return []
    case .list(let items):
      var places: [Int] = []
      for item in items {
        guard case .number(let number) = item, number.isWhole, let place = number.int, place >= 0 else { return nil }
        places.append(place)
      }
      return places.isEmpty ? nil : places
    default: return nil
    }
  }
}

/// Jobs that were under way when the app ended.
public enum UnfinishedJobs {
  /// The one that said something last, of those that say `running` and whose wishes are known; nil: none.
  public static func latest(jobs: URL, work: URL) -> AskedJob? {
    for said in ProgressReader.all(jobs) where said.state == .running {
      if let asked = AskedJob.of(job: said.job, work: work) { return asked }
    }
    return nil
  }

  /// Give up all jobs but one, and remove what they unpacked: two would measure each other.
  public static func clear(but job: String, jobs: URL, work: URL, at: String) {
    for said in ProgressReader.all(jobs) where said.state == .running && !Texts.areSame(said.job, job) {
      try? giveUp(said.job, jobs: jobs, work: work, at: at)
    }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: work.path)) ?? [] where name != job {
      try? FileManager.default.removeItem(at: work.appendingPathComponent(name))
    }
  }

  /// Say of a job that was given up that it is over: what it has of records stays. Throws `StorageRefused`.
  public static func giveUp(_ job: String, jobs: URL, work: URL, at: String) throws {
    let results = try Results(jobs, job: job)
    if var said = ProgressReader.of(results.folder), said.state == .running {
      said.state = .failed
      said.phase = ""
      said.reason = "the app ended while the job ran, and it was given up"
      said.at = at
      try results.write(said)
    }
    try? FileManager.default.removeItem(at: work.appendingPathComponent(job))
  }
}
