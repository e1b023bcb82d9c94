import Foundation

/// Composes the record of a run that is over, with the reason of everything that is not known; docs/record.md.
struct RecordMaker {
  private static let idDigits = 32
  private static let coldMeans =
    "the first opening of the file in this job, compiling apart; the system may have had the file's bytes, or what it "
    + "made of them before, in memory"
  private static let coldAgainMeans =
    "the first opening of the file in this job that came to its end, compiling apart; one before it was cut short, so that "
    + "the system may have compiled the file by then"

  private let request: JobRequest
  private let bundle: OpenBundle
  private let device: DevicePart
  private let deviceUnknown: [String: String]
  private let startedAtMs: Int
  private let firstPassS: () -> Double

  init(
    _ request: JobRequest, _ bundle: OpenBundle, _ device: DevicePart, _ deviceUnknown: [String: String],
    startedAtMs: Int, firstPassS: @escaping () -> Double
  ) {
    self.request = request
    self.bundle = bundle
    self.device = device
    self.deviceUnknown = deviceUnknown
    self.startedAtMs = startedAtMs
    self.firstPassS = firstPassS
  }

  /// Of a run that went well. `checked`: what its class maps came to. Throws `AnswerRefused` where its answers lack a part.
  func ok(_ run: JobRun, _ best: Best, _ checked: MapsTaken) throws -> RecordDocument {
    guard let first = run.answers.first, let last = run.answers.last, let session = last.session,
      let after = last.checked, let start = first.start, let end = last.end, let opened = first.opened,
      let warm = run.answers.first(where: { $0.turn != nil })?.opened
    else { throw AnswerRefused("its answers lack what a record says") }
    let weighed = run.answers.lazy.compactMap(\.memory).first
    let statistics = Method.statisticsOf(run.turns, best.reading, threads: session.threads ?? run.asked.threads)
    let conditions = Conditions(
      isBestKnown: best.isKnown,
      isDebugBuild: run.answers.contains { $0.isDebugBuild },
      hasDebugger: run.answers.contains { $0.hasDebugger },
      isSimulator: device.isSimulator,
      isTest: request.launch == "test",
      acceleratorAsked: run.asked.accelerator,
      acceleratorObtained: session.accelerator.obtained,
      golden: checked.golden.status,
      goldenReason: checked.golden.reason
    ).seen(start: start.state, turns: run.turns, end: end.state)
    let load = LoadPart(
      coldMs: opened.loadMs, warmMs: after.loadAgainMs, firstInferenceMs: opened.firstMs,
      coldMeans: run.wasTriedBefore ? Self.coldAgainMeans : Self.coldMeans, state: nil, compileMs: opened.compileMs)
    let reachedAt = best.isKnown ? Moment.text(best.reachedAtMs) : nil
    var gaps = gaps(run)
    gaps.ofState("/state/start", start)
    gaps.ofState("/state/end", end)
    gaps.of("/memory", weighed, run.whyNoMemory.isEmpty ? "no step looked at it" : run.whyNoMemory)
    gaps.below("/memory", weighed?.unknown ?? [:])
    gaps.ofLoad(load, whyNotWarm: after.why)
    gaps.of("/yardstick/best/reached_at", reachedAt, "it was measured for this run alone")
    gaps.ofTurns(run.turns, run.turnUnknown)
    var document = try document(run, gaps, checked.results)
    document.accelerator = session.accelerator
    document.start = start.state
    document.end = end.state
    document.conditions = conditions
    document.load = load
    document.memory = weighed?.part
    document.warmUpRuns = warm.warmUpRuns
    document.yardstick = YardstickPart(version: Yardstick.version, best: best.reading, reachedAt: reachedAt)
    document.turns = run.turns
    let lastS = max(0, run.lastBeganS - firstPassS())
    document.endToEnd = after.passages.map { passage in
      Passage(
        atS: lastS + passage.atS, preMs: passage.preMs, executeMs: passage.executeMs, postMs: passage.postMs)
    }
    document.golden = checked.golden
    document.statistics = statistics
    document.verdict = Verdict.of(statistics, conditions)
    return document
  }

  /// Of a run that was refused or failed.
  func ended(_ run: JobRun) throws -> RecordDocument {
    var gaps = gaps(run)
    gaps.ofAll(run.reason)
    return try document(run, gaps, bundle.content.photos.map { _ in PhotoResult(mapSha256: nil, agreement: nil) })
  }

  private func document(_ run: JobRun, _ gaps: RecordGaps, _ results: [PhotoResult]) throws -> RecordDocument {
    let content = bundle.content
    let artifact = content.artifacts[run.asked.artifact]
    let id = Hashes.sha256(Array("run of job \(request.job)".utf8)).prefix(Self.idDigits)
    return RecordDocument(
      status: run.status.rawValue,
      reason: run.reason,
      run: RunPart(
        id: String(id), place: run.place, files: content.job.runs.count, startedAt: Moment.text(startedAtMs),
        seed: content.job.seed),
      program: program(run),
      artifact: try bundle.manifest(run.asked.artifact),
      manifestSha256: content.files[artifact.manifest]?.sha256 ?? "",
      runtime: runtime(run),
      device: device,
      accelerator: accelerator(run),
      start: nil,
      end: nil,
      conditions: nil,
      load: nil,
      memory: nil,
      warmUpRuns: nil,
      yardstick: nil,
      turns: [],
      endToEnd: [],
      golden: nil,
      statistics: nil,
      verdict: nil,
      bundle: BundlePart(
        sha256: bundle.sha256, job: request.job, run: run.place, photos: content.photos, results: results),
      unknown: gaps.all
    )
  }

  private func program(_ run: JobRun) -> ProgramPart {
    ProgramPart(
      name: request.program,
      version: request.version,
      commit: request.commit,
      buildType: run.answers.contains { $0.isDebugBuild } ? "debug" : "release",
      hasDebugger: run.answers.isEmpty ? nil : run.answers.contains { $0.hasDebugger },
      launch: request.launch
    )
  }

  private func runtime(_ run: JobRun) -> RuntimePart {
    let facts = run.answers.lazy.compactMap(\.runtime).first
    return RuntimePart(
      name: facts?.name ?? RuntimeNames.own(bundle.content.artifacts[run.asked.artifact].runtime),
      tool: facts?.tool,
      version: facts?.version,
      threadsAsked: run.asked.threads,
      threads: run.answers.last { $0.session != nil }?.session?.threads,
      label: facts?.label ?? "",
      desktopVersion: DesktopVersion.of(bundle, artifact: run.asked.artifact)
    )
  }

  /// What a run that did not come to its end was asked for alone: whatever it obtained has run nothing that counts.
  private func accelerator(_ run: JobRun) -> AcceleratorPart {
    AcceleratorPart(
      asked: run.asked.accelerator, obtained: nil, nodes: nil, nodesDelegated: nil, fallback: nil, arithmetic: nil)
  }

  private func gaps(_ run: JobRun) -> RecordGaps {
    var gaps = RecordGaps()
    gaps.ofDevice(device, deviceUnknown)
    gaps.ofProgram(program(run), runtime(run), isWhole: run.isLive)
    let obtained = run.isLive ? run.answers.last?.session?.accelerator : nil
    gaps.ofAccelerator(obtained ?? accelerator(run), isWhole: run.isLive)
    return gaps
  }
}
