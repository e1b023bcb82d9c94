import Foundation
import Testing

@testable import HarnessCore

/// Ends of the app at every place of a job: what is on the disk at each is copied elsewhere, and another process goes on.

/// A record without what another run gives otherwise. `cold_means` says whether the first opening was cut short before.
private func timeless(_ value: JsonValue) -> JsonValue {
  let times = [
    "seal", "started_at", "at", "statistics", "end_to_end", "reached_at", "verdict_reasons", "best", "warm_up_runs",
    "unknown", "cold_means",
  ]
  switch value {
  case .table(let table):
    var kept = JsonObject()
    for name in table.names where !times.contains(name) && !name.hasSuffix("_ms") && !name.hasSuffix("_s") {
      kept[name] = timeless(table[name]!)
    }
    return .table(kept)
  case .list(let items): return .list(items.map(timeless))
  default: return value
  }
}

private func records(_ job: TestJob) throws -> [JsonValue] { try (0...2).map { timeless(.table(try job.record($0))) } }

/// Of three files the second fails by itself.
private func failing(_ relaunch: Relaunch) -> InProcess {
  let backend = FakeBackend()
  backend.compiles = relaunch == .byDesktop
  backend.whenRun = { if $0.threads == 2 { throw WrongOutput("no such kernel in /var/mobile/x/m.bin") } }
  return InProcess(backend)
}

/// Each of these gives files as a kill leaves them: within a step, after it, and where the job said how far it is.
private func kills(_ relaunch: Relaunch) async throws -> (whole: [JsonValue], stops: [(TestJob, ThisProcess, String)]) {
  let job = try TestJob()
  job.relaunch = relaunch
  var stops: [(TestJob, ThisProcess, String)] = []
  let launcher = failing(relaunch)
  launcher.before = { stops.append((try job.copied(), launcher.process, "in \($0)")) }
  launcher.after = { key, _ in
    stops.append((try job.copied(), launcher.process, "after \(key)"))
    return Ended(.answered)
  }
  job.onProgress = { if let copy = try? job.copied() { stops.append((copy, launcher.process, "said")) } }
  #expect(try await job.runRelaunched(launcher).end == .finished)
  return (try records(job), stops)
}

@Test(arguments: [Relaunch.byHand, .byDesktop])
func aJobThatWasInterruptedAnywhereGoesOnElsewhereToTheSameRecords(_ relaunch: Relaunch) async throws {
  let (whole, stops) = try await kills(relaunch)
  #expect(stops.count > 20)
  for (job, process, place) in stops {
    job.mark(process)
    #expect(try await job.runRelaunched(failing(relaunch)).end == .finished, "\(place)")
    #expect(try records(job) == whole, "\(place)")
  }
}

@Test func aCrashFailsTheFileThatRanWithTheReasonAndNoOther() async throws {
  let (whole, stops) = try await kills(.byHand)
  for (job, _, place) in stops {
    #expect(try await job.runRelaunched(failing(.byHand)).end == .finished, "\(place)")
    let found = try records(job)
    let crashed = place.hasPrefix("in ") ? Int(place.dropFirst(3).prefix(1)) : nil
    for run in 0...2 where run != crashed { #expect(found[run] == whole[run], "\(place)") }
    if let crashed {
      #expect(try job.record(crashed).text("status") == "failed")
      #expect(try job.reason(crashed).contains("the app ended while it ran this file: the system does not tell it why"))
      if place.hasSuffix("final") { #expect(try job.reason(crashed).hasPrefix("in its last turn")) }
      if place.hasSuffix("turn-0") { #expect(try job.reason(crashed).hasPrefix("in pass 1: ")) }
    }
  }
}

@Test func aStepThatIsInterruptedEachTimeIsDoneThreeTimesAtMost() async throws {
  var job = try TestJob()
  var starts = 0
  while starts < 9 {
    var copy: TestJob?
    let launcher = InProcess()
    launcher.before = { if $0 == "1-turn-0" && copy == nil { copy = try job.copied() } }
    _ = try await job.run(launcher)
    guard let copy else { break }
    starts += 1
    copy.mark(launcher.process)
    job = copy
  }
  #expect(starts == 3)
  #expect(try job.statuses() == ["ok", "failed", "ok"])
  #expect(
    try job.reason(1)
      == "in pass 1: the app ended while it ran this file, as it had 2 times before: it was not in front")
}

@Test func aDeviceThatWasStartedAnewSaysNothingOfTheFile() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  var copy: TestJob?
  launcher.before = { if $0 == "2-turn-0" { copy = try job.copied() } }
  _ = try await job.run(launcher)
  let other = InProcess()
  other.process = ThisProcess(id: JobId.draw(), bootS: 1_000_900)
  #expect(try await copy!.run(other) == .finished)
  #expect(try copy!.statuses() == ["ok", "ok", "ok"])
}

@Test func aMarkOfAnotherProcessExcusesNoCrash() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  var copy: TestJob?
  launcher.before = { if $0 == "2-turn-0" { copy = try job.copied() } }
  _ = try await job.run(launcher)
  copy!.mark(ThisProcess(id: JobId.draw(), bootS: nil))
  _ = try await copy!.run(InProcess())
  #expect(try copy!.statuses() == ["ok", "ok", "failed"])
}

@Test func anAppThatEndsEachTimeWhileItJudgesMapsFailsThatRun() async throws {
  var job = try TestJob()
  var ends = 0
  while ends < 9 {
    var copy: TestJob?
    job.onProgress = { [unowned job] in
      if let said = job.said.last, said.run == 1, said.phase == "its class maps" { copy = try? job.copied() }
    }
    #expect(try await job.run(InProcess()) == .finished)
    guard let copy else { break }
    ends += 1
    job = copy
  }
  #expect(ends == 3)
  #expect(try job.statuses() == ["ok", "failed", "ok"])
  #expect(try job.reason(1) == "the app ended each time while it held its class maps against the golden ones")
}

@Test func whatFailsWhileTheAppIsNotInFrontIsDoneAgainAndThreeTimesAtMost() async throws {
  for last in [2, 9] {
    let device = FakeDevice()
    var left = 0
    device.left = { left }
    let backend = FakeBackend()
    backend.whenRun = { wanted in
      if wanted.threads == 2 && left < last {
        left += 1
        throw WrongOutput("the GPU may not be used now")
      }
    }
    let job = try TestJob()
    let launcher = InProcess(backend, device)
    #expect(try await job.run(launcher) == .finished)
    #expect(try job.statuses() == (last == 2 ? ["ok", "ok", "ok"] : ["ok", "failed", "ok"]))
    #expect(launcher.keys.filter { $0 == "1-turn-0" }.count == 3)
  }
}

@Test func aFileThatHangsFailsOnceTheProcessWasLeftAndTheOthersGoOn() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  launcher.after = { key, answer in
    guard key == "1-turn-0" else { return Ended(.answered) }
    try FileManager.default.removeItem(at: answer)
    return Ended(.hung)
  }
  var ended = 0
  let driver = try job.driver(launcher, launcher.device, launcher.process) { ended += 1 }
  #expect(try await driver.run() == .mustLeave("to be started again, after a file hung"))
  #expect(ended == 1)
  #expect(job.progress()?.state == .running)
  let moved = try job.copied()
  #expect(JobOffer.of(bundle: job.progress()!.bundle, places: moved.places) == .goesOn(job.progress()!))
  #expect(try await moved.run(InProcess()) == .finished)
  #expect(try moved.statuses() == ["ok", "failed", "ok"])
  #expect(try moved.reason(1) == "in pass 1: it hung and was given up after 180 s")
}

@Test func aStepIsGivenUpAfterItsLimitAndOneThatAnswersIsNot() async throws {
  let job = try TestJob([("cpu", 1)])
  let backend = FakeBackend()
  var request: URL?
  let first = InProcess(backend)
  first.before = { key in
    if key == "0-turn-0" {
      request = job.root.appendingPathComponent("request.json")
      try FileManager.default.copyItem(at: job.work.appendingPathComponent("0-turn-0.request.json"), to: request!)
    }
  }
  job.isCancelled = { request != nil }
  _ = try await job.run(first)
  let asked = job.work.appendingPathComponent("again.request.json")
  try FileManager.default.copyItem(at: request!, to: asked)
  let answer = job.work.appendingPathComponent("again.answer.json")
  let launcher = InProcessLauncher(
    backends: [backend], device: FakeDevice(), process: first.process, effort: Short.turn)
  #expect(await launcher.launch(request: asked, answer: answer, limitS: 60) == Ended(.answered))
  #expect(try AnswerReader.read(answer).status == .ok)
  backend.whenRun = { _ in try await Task.sleep(nanoseconds: 1_500_000_000) }
  #expect(await launcher.launch(request: asked, answer: answer, limitS: 0.3) == Ended(.hung))
}

@Test func aDiskThatTakesNoMoreEndsTheJobAsFailedAndItGoesOnOnceThereIsRoom() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  let aside = job.root.appendingPathComponent("aside")
  launcher.before = { key in
    guard key == "1-turn-0" else { return }
    try FileManager.default.moveItem(at: job.work, to: aside)
    try Data().write(to: job.work)  // a file where the folder was takes nothing
  }
  do {
    let end = try await job.run(launcher)
    #expect(end != .finished && end.isOver)
  } catch is StorageRefused {}
  try FileManager.default.removeItem(at: job.work)
  try FileManager.default.moveItem(at: aside, to: job.work)
  launcher.before = { _ in }
  #expect(try await job.run(launcher) == .finished)
  #expect(try job.statuses() == ["ok", "ok", "ok"])
}

@Test func aJobWhoseProgressCannotBeWrittenThrows() async throws {
  let job = try TestJob()
  try Data().write(to: job.places.results)
  await #expect(throws: StorageRefused.self) { try await job.run(InProcess()) }
}
