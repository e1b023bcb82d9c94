import Foundation

/// In which order a job's steps come: where the app is started again for memory, each file's first opening; each file's memory, passes over all files, of each a last turn with its outputs, and
/// once nothing is measured any more, all class maps held against the golden ones.
///
/// A run that drops out gets its record at once; the others go on.
final class JobPlan {
  private static let mostPasses = 1500
  private static let mostBytes = 4096
  private static let latestMs = 1 << 48

  private let it: JobSetup
  private let log: LaunchLog
  private let startedAtMs: Int
  private let launches: Launches
  private let maker: RecordMaker
  private let kept: Best?
  private let runs: [JobRun]
  private let wanted: [JobRun]
  private var count: StepCount

  init(_ it: JobSetup, _ log: LaunchLog) throws {
    self.it = it
    self.log = log
    startedAtMs = try Self.startedAtMs(it)
    let launches = Launches(it, log)
    self.launches = launches
    let device = it.device.facts()
    maker = RecordMaker(it.request, it.bundle, device.part, device.unknown, startedAtMs: startedAtMs) {
      launches.firstPassS
    }
    kept = it.bestKept.read(nowMs: it.clock.epochMs())
    runs = it.job.runs.enumerated().map { place, asked in
      JobRun(place: place, asked: asked, isRecorded: Self.isRecorded(it, place))
    }
    wanted = runs.filter { it.request.only?.contains($0.place) != false }
    count = StepCount(it.steps)
  }

  /// Run it all. Throws `JobStop`, `Refused`.
  func run() async throws {
    do {
      try await measure()
    } catch let stop as JobStop {
      if case .over = stop { try score() }
      throw stop
    }
    try score()
    if let best = best() { try it.bestKept.write(best) }
    if wanted.count < runs.count && runs.contains(where: { !Self.isRecorded(it, $0.place) }) {
      throw JobStop.over(AskedPart(asked: wanted.count, runs: runs.count).sentence)
    }
  }

  private func measure() async throws {
    let planned = max(it.effort.leastPasses, it.job.passes) - 1
    try launches.chooseMemory(wanted)
    // what the system makes of a file takes memory, too, and the peak of a process that did so would be of that
    let before: [LaunchKind] = it.request.relaunch == .byDesktop ? [.prepare, .memory] : [.memory]
    for run in wanted where !run.isRecorded { count.plan(run.place, steps: before.count + planned + 1) }
    for kind in before {
      for run in wanted { try await step(run, kind, 0) }
    }
    for pass in 0..<planned { try await takeTurns(pass) { _ in true } }
    let passes = planned + (it.job.passes == 1 ? 0 : try await further(planned))
    for place in Orders.of(seed: it.job.seed, pass: passes, runs: runs.count) {
      if isWanted(runs[place]) { try await step(runs[place], .final, passes) }
    }
  }

  /// Let those that have not enough go on, until the ceiling; return in how many passes.
  private func further(_ planned: Int) async throws -> Int {
    let live = wanted.filter(\.isLive).count
    let longestS = it.effort.ceilingS + it.effort.furtherFileS * Double(max(0, live - 1))
    let open = wanted.filter { !$0.isRecorded }.map(\.place)
    let startS = launches.beganS(.turn, planned, open) ?? launches.nowS()
    var pass = planned
    while pass < Self.mostPasses {
      let wanting = wanted.filter { $0.isLive && !hasEnough($0) }
      let wentOn = launches.beganS(.turn, pass, open) != nil
      let stopped = launches.beganS(.final, pass, open) != nil
      let mayGoOn = !stopped && !launches.isTooHot && launches.nowS() - startS < longestS
      guard wentOn || (mayGoOn && !wanting.isEmpty) else { break }
      for run in wanting where !run.isRecorded { count.plan(run.place, steps: 1) }
      try await takeTurns(pass) { run in wanting.contains { $0 === run } }
      pass += 1
    }
    return pass - planned
  }

  private func takeTurns(_ pass: Int, _ wants: (JobRun) -> Bool) async throws {
    let made = launches.made
    for place in Orders.of(seed: it.job.seed, pass: pass, runs: runs.count) {
      if isWanted(runs[place]) && wants(runs[place]) { try await step(runs[place], .turn, pass) }
    }
    if launches.made > made { try await launches.coolDown() }
  }

  private func step(_ run: JobRun, _ kind: LaunchKind, _ number: Int) async throws {
    if !run.isLive { return }
    let isOpen = launches.isOpen(run, kind, number)
    if !run.isRecorded && isOpen { count.begin() }
    try await launches.take(run, kind, number)
    if !run.isRecorded { launches.isLeftOut(run, kind, number) ? count.leaveOut(run.place) : count.end(run.place) }
    if run.isLive { return }
    count.drop(run.place)
    try record(run, maker.ended(run))
  }

  /// Judge the class maps of all that were measured, and write their records.
  private func score() throws {
    for run in wanted where run.isLive && run.isMeasured && !run.isRecorded {
      try finish(run)
    }
  }

  private func finish(_ run: JobRun) throws {
    do {
      guard let session = run.answers.last?.session, let best = best() else {
        throw AnswerRefused("its answers lack what a record says")
      }
      guard try log.beginScoring(run.place) else {
        throw AnswerRefused("the app ended each time while it held its class maps against the golden ones")
      }
      try it.said.now(run.place, "its class maps")
      let maps = launches.maps(run.place)
      let checked = try MapsTaken.of(
        it.bundle, artifact: run.asked.artifact, session.accelerator, maps: maps, it.results)
      try record(run, maker.ok(run, best, checked))
    } catch let error as AnswerRefused {
      run.drop(.failed, error.message)
      try record(run, maker.ended(run))
    } catch let error as RecordRefused {
      run.drop(.failed, "what it answered makes no record: \(error.message)")
      try record(run, maker.ended(run))
    }
  }

  private func record(_ run: JobRun, _ document: RecordDocument) throws {
    if run.isRecorded { return }
    try it.results.addRecord(run.place, document.sealed())
    run.isRecorded = true
  }

  /// The last turn is one more than there are.
  private func hasEnough(_ run: JobRun) -> Bool {
    guard run.turns.count + 1 >= Method.leastUndisturbed, let best = best() else { return false }
    return Method.isEnough(run.turns, best.reading, threads: run.threads)
  }

  private func best() -> Best? { Best.of(kept, runs.flatMap(\.turns), nowMs: startedAtMs) }

  private func isWanted(_ run: JobRun) -> Bool { it.request.only?.contains(run.place) != false }

  private static func isRecorded(_ it: JobSetup, _ place: Int) -> Bool {
    FileManager.default.fileExists(atPath: it.results.folder.appendingPathComponent("\(place).json").path)
  }

  /// When the job first began: it may have been started again.
  private static func startedAtMs(_ it: JobSetup) throws -> Int {
    let file = it.work.appendingPathComponent("job.json")
    if let said = try? Strict.read(file, mostBytes: mostBytes).whole("started_at_ms", most: latestMs) { return said }
    let now = max(0, it.clock.epochMs())
    try AtomicFile.write(to: file, data: Array(JsonWriter.write(.table(["started_at_ms": .of(now)])).utf8))
    return now
  }
}
