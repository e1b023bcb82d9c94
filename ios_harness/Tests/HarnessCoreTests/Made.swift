@testable import HarnessCore

/// A record as an app would make it; nothing in it was measured.
enum Made {
  static let job = "fedcba9876543210fedcba9876543210"
  static let quick = Reading(integerMs: 0.4, memoryMs: 0.75)

  /// The document of a run that went well, of so many turns.
  static func document(turns: Int = 5, runs: Int = 3) -> RecordDocument {
    let taken = (0..<turns).map { turn($0, runs: runs) }
    let statistics = Method.statisticsOf(taken, quick, threads: 4)
    let conditions = Conditions(isBestKnown: false, othersDuring: 0.05, isTest: true, acceleratorAsked: "npu")
      .seen(start: state, turns: taken, end: nil)
    return RecordDocument(
      status: "ok",
      reason: "",
      run: RunPart(
        id: "0123456789abcdef0123456789abcdef", place: 0, files: 2, startedAt: Moment.text(1_767_323_045_678), seed: 7),
      program: ProgramPart(
        name: "dev.pocketseg.harness", version: "0.1.0", commit: nil, buildType: "release", hasDebugger: false,
        launch: "test"),
      artifact: MadeParts.manifest,
      manifestSha256: MadeParts.hash("b"),
      runtime: RuntimePart(
        name: "coreml", tool: "Core ML", version: nil, threadsAsked: 4, threads: 0, desktopVersion: "8.1"),
      device: MadeParts.device,
      accelerator: AcceleratorPart(
        asked: "npu", obtained: nil, nodes: 66, nodesDelegated: nil, fallback: nil, arithmetic: .float16,
        planned: PlannedPart(cpu: 3, gpu: 0, npu: 63)),
      start: state,
      end: nil,
      conditions: conditions,
      load: LoadPart(
        coldMs: 512.25, warmMs: 20.5, firstInferenceMs: nil, coldMeans: "never opened in this job", state: "first",
        compileMs: 1_250.5),
      memory: MemoryPart(
        beforeBytes: 40_000_000, loadedBytes: 45_000_000, peakBytes: 50_000_000, runs: 3, metric: "phys_footprint"),
      warmUpRuns: 10,
      yardstick: YardstickPart(version: Yardstick.version, best: quick, reachedAt: nil),
      turns: taken,
      endToEnd: [Passage(atS: 60, preMs: 12.5, executeMs: 8.25, postMs: 9.75)],
      golden: GoldenResult(status: .passed, reason: "", values: 1260, maxAbsError: 0, tolerance: 0.1),
      statistics: statistics,
      verdict: Verdict.of(statistics, conditions),
      bundle: BundlePart(
        sha256: MadeParts.hash("c"), job: job, run: 0, photos: MadeParts.photos,
        results: MadeParts.photos.map { _ in PhotoResult(mapSha256: MadeParts.hash("d"), agreement: 1) }),
      unknown: MadeParts.unknown
    )
  }

  /// The document of a run that ended before anything was measured.
  static func failed(_ reason: String, status: String = "failed") -> RecordDocument {
    var made = document()
    let gone = "it did not run"
    made.status = status
    made.reason = reason
    made.accelerator = nil
    made.conditions = nil
    made.load = nil
    made.memory = nil
    made.warmUpRuns = nil
    made.yardstick = nil
    made.turns = []
    made.endToEnd = []
    made.golden = nil
    made.statistics = nil
    made.verdict = nil
    made.bundle.results = made.bundle.photos.map { _ in PhotoResult(mapSha256: nil, agreement: nil) }
    let kept = ["/program/", "/device/", "/runtime/", "/state/"]
    made.unknown = made.unknown.filter { name, _ in kept.contains { name.hasPrefix($0) } }
    let parts = [
      "accelerator", "conditions", "load", "memory", "warm_up_runs", "yardstick", "golden", "statistics",
      "bundle/photos/*/map_sha256", "bundle/photos/*/agreement",
    ]
    for part in parts { made.unknown["/\(part)"] = gone }
    return made
  }

  static let state = StatePart(
    at: "2026-01-02T03:04:05.678Z", power: "battery", batteryC: nil, thermal: "", isLowPower: false,
    isForeground: true, busyCores: 0.5, load1Min: nil, frequencyShare: nil, governor: nil)

  /// A turn of a file.
  static func turn(_ number: Int, runs: Int) -> Turn {
    let executeMs = (0..<runs).map { 8.25 + 0.0625 * Double((number + $0) % 4) }
    let all = executeMs.reduce(0, +)
    return Turn(
      number: number,
      startedS: 1.5 * Double(number),
      before: quick,
      after: quick,
      wallMs: all + 0.75,
      cpuMs: 4 * all,
      waitedMs: nil,
      othersMs: nil,
      stolenMs: nil,
      switches: nil,
      atMs: executeMs.indices.map { 8.5 * Double($0) },
      executeMs: executeMs,
      preMs: executeMs.map { _ in 0.125 },
      device: TurnDevice(
        batteryC: nil, power: "battery", thermal: "", cores: [4, 7], frequencyShare: [0.5, 1], isForeground: true)
    )
  }
}
