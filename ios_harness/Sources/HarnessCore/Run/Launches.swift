import Foundation

/// Makes a job's steps, one at a time and each behind the gate, or takes what an earlier start of the job has of them.
final class Launches {
  private static let batch = 8
  private static let whyNoMemory =
    "a process shows it of the first file alone that it opens, and nobody started the app again for this one; "
    + "a job that a computer starts is started again for each"
  private static let freshProcess = "to be started again, to measure memory"

  private let it: JobSetup
  private let log: LaunchLog
  private let gate: Gate
  private let files: Unpacked
  private let startNs: Int
  private let earlierS: Double

  /// When the first pass began, in seconds since the job did.
  private(set) var firstPassS = 0.0
  private var hasPassed = false

  /// Whether the last step was not made, or was one too many, as the device stayed hot.
  private(set) var isTooHot = false

  /// How many were made in this start.
  private(set) var made = 0

  init(_ it: JobSetup, _ log: LaunchLog) {
    self.it = it
    self.log = log
    gate = Gate(it.device, it.clock, maxTempC: it.job.maxTempC, it.effort)
    files = Unpacked(bundle: it.bundle, folder: it.unpacked)
    startNs = it.clock.nanoTime()
    earlierS = log.lastBeganS()
  }

  /// Seconds since the job began; those in which it was gone do not count.
  func nowS() -> Double { earlierS + Double(it.clock.nanoTime() &- startNs) / 1e9 }

  /// Where the class maps of a run lie until they are judged.
  func maps(_ run: Int) -> URL { it.work.appendingPathComponent("\(run)-maps") }

  /// When the first step of a kind and pass began, of those of some runs; nil where there was none.
  func beganS(_ kind: LaunchKind, _ number: Int, _ places: [Int]) -> Double? {
    places.compactMap { log.beganS(LaunchRequest.key($0, kind, number)) }.min()
  }

  /// Where nobody starts the app again, leave out the memory of all runs but the first: kept before that is looked at, so
  /// that a start which comes later does not choose another.
  func chooseMemory(_ wanted: [JobRun]) throws {
    guard it.request.relaunch == .byHand else { return }
    let keys = wanted.filter { !$0.isRecorded }.map { LaunchRequest.key($0.place, .memory, 0) }
    let open = keys.filter { log.outcome($0) == nil }
    for key in open.dropFirst(it.process.hasOpened ? 0 : 1).reversed() { try log.leaveOut(key, Self.whyNoMemory) }
  }

  /// Whether a run's step was decided not to be taken.
  func isLeftOut(_ run: JobRun, _ kind: LaunchKind, _ number: Int) -> Bool {
    log.isLeftOut(LaunchRequest.key(run.place, kind, number))
  }

  /// Whether a run's step is still to do.
  func isOpen(_ run: JobRun, _ kind: LaunchKind, _ number: Int) -> Bool {
    log.outcome(LaunchRequest.key(run.place, kind, number)) == nil
  }

  /// Let a run take the next step. Throws `JobStop`, `Refused`.
  ///
  /// Where the device stays hot, one that has its turns but for the last takes no more than that.
  func take(_ run: JobRun, _ kind: LaunchKind, _ number: Int) async throws {
    let key = LaunchRequest.key(run.place, kind, number)
    var outcome = log.outcome(key)
    if outcome == nil {
      if run.isRecorded { return }
      outcome = try await launched(run, kind, number)
    }
    guard let outcome else { return }
    if (kind == .turn || kind == .final) && !hasPassed {
      hasPassed = true
      firstPassS = outcome.beganS
    }
    run.take(outcome, kind, number, firstPassS: firstPassS)
  }

  /// Let the device cool for the time that was asked, after a pass. Throws `JobStop`.
  func coolDown() async throws {
    var leftS = it.effort.coolDownS
    while leftS > 0 {
      try checkGoesOn()
      try it.said.now("cooling down")
      await it.clock.sleep(ms: Int(min(1, leftS) * 1000))
      leftS -= 1
    }
  }

  /// Nil where nothing was started and the run goes on with what it has.
  private func launched(_ run: JobRun, _ kind: LaunchKind, _ number: Int) async throws -> Outcome? {
    try checkGoesOn()
    let artifact = it.bundle.content.artifacts[run.asked.artifact]
    while true {
      if kind == .memory, let outcome = try withoutFreshProcess(run) { return outcome }
      try it.said.now(run.place, "\(kind.phase(number)): \(artifact.name)")
      let closed = try await gate.pass {
        try checkGoesOn()
        try it.said.now(run.place, "waiting: \($0)")
      }
      isTooHot = closed?.isHeat == true
      let isKept = isTooHot && run.turns.count + 1 >= it.effort.leastPasses
      if isKept && kind == .turn { return nil }
      let asked = try request(run, kind, number)
      try log.begin(asked)
      if let closed, !isKept { return try ended(asked, closed.why) }
      if let outcome = try await launched(asked, limitS(kind)) { return outcome }
    }
  }

  /// Where this process opened a file before, no step shows the memory of one: nil where it did not.
  ///
  /// It may have done so only now: in a step that is to be done again, or where a person looked at a photo.
  private func withoutFreshProcess(_ run: JobRun) throws -> Outcome? {
    guard it.process.hasOpened else { return nil }
    if it.request.relaunch == .byDesktop { throw JobStop.relaunch(Self.freshProcess) }
    let key = LaunchRequest.key(run.place, .memory, 0)
    try log.leaveOut(key, Self.whyNoMemory)
    return log.outcome(key)
  }

  private func request(_ run: JobRun, _ kind: LaunchKind, _ number: Int) throws -> LaunchRequest {
    LaunchRequest(
      kind: kind,
      run: run.place,
      number: number,
      bundle: it.request.bundle,
      artifact: run.asked.artifact,
      file: try files.artifact(run.asked.artifact),
      accelerator: run.asked.accelerator,
      threads: run.asked.threads,
      photo: try files.photo(),
      maps: maps(run.place),
      folder: it.made.appendingPathComponent(String(run.asked.artifact)),
      beganS: nowS(),
      process: it.process.id,
      attempt: (log.asked(LaunchRequest.key(run.place, kind, number))?.attempt ?? 0) + 1,
      bootS: it.process.bootS
    )
  }

  /// Nil where it is to be done again, as it failed while the app was not in front.
  private func launched(_ asked: LaunchRequest, _ limitS: Double) async throws -> Outcome? {
    let leftS = max(0, Double(it.job.totalLimitS) - nowS())
    let isLast = leftS < limitS
    let limitS = min(limitS, leftS)
    made += 1
    let ended = try await it.launcher.launch(
      request: log.request(asked.key), answer: log.answer(asked.key), limitS: limitS)
    if ended.kind == .hung {
      let why = isLast ? ", as the job's time of \(it.job.totalLimitS) s was over" : ""
      try log.end(asked.key, ended.sentence(limitS: limitS) + why)
      throw JobStop.leave("to be started again, after a file hung")
    }
    if let outcome = log.outcome(asked.key) {
      guard case .answered(let answer) = outcome.kind, answer.status == .failed, !answer.wasInFront,
        asked.attempt < JobEffort.mostAttempts
      else { return outcome }
      try log.forget(asked.key)
      try checkGoesOn()
      return nil
    }
    return try self.ended(asked, ended.sentence(limitS: limitS))
  }

  private func ended(_ asked: LaunchRequest, _ failure: String) throws -> Outcome {
    try log.end(asked.key, failure)
    return Outcome(beganS: asked.beganS, attempt: asked.attempt, kind: .failed(Reasons.clean(failure)))
  }

  private func checkGoesOn() throws {
    if it.isCancelled() { throw JobStop.over("cancelled") }
    if nowS() >= Double(it.job.totalLimitS) {
      throw JobStop.over("the job is not done after \(it.job.totalLimitS) s, which the bundle sets as its limit")
    }
  }

  /// Loading and each answer of up to eight photos may take what the bundle allows for one.
  private func limitS(_ kind: LaunchKind) -> Double {
    let answers: Int
    switch kind {
    case .prepare, .memory: answers = 2
    case .turn: answers = 3
    case .final: answers = 5 + (it.bundle.content.photos.count + 1 + Self.batch - 1) / Self.batch
    }
    return Double(answers) * Double(it.job.runLimitS)
  }
}
