import Foundation
import Testing

@testable import HarnessCore

/// A job as a computer follows it: pocketseg/devices/following.py starts an app that ended while its job runs at most
/// 2 x runs + 3 times, and not after three starts in a row that came to no other place. docs/bundle.md, "iOS".

private struct Killed: Error {}

/// Follow a job to its end; return how often the app was started again. Each start is a process of its own, and an error of
/// the launcher is the end of one. `ended` hears of each such process.
private func follow(
  _ job: TestJob, _ launcher: InProcess, _ ended: (ThisProcess) -> Void = { _ in }
) async throws -> Int {
  var again = 0
  var idle = 0
  var at: [String]?
  while true {
    launcher.process = ThisProcess(id: JobId.draw(), bootS: 1_000_000)
    do {
      let end = try await job.driver(launcher, launcher.device, launcher.process).run()
      if end.isOver {
        #expect(end == .finished)
        return again
      }
    } catch is Killed { ended(launcher.process) }
    let said = try #require(job.progress())
    let now = ["\(said.run)", said.phase]
    idle = at == now ? idle + 1 : 0
    at = now
    try #require(again < 2 * said.runs + 3 && idle < 3, "given up after \(again) starts, at \(now)")
    again += 1
  }
}

@Test(arguments: ["nothing", "prepare", "memory", "turn-0", "final"])
func aComputersStartsAreEnoughWhereEachFileEndsTheAppEachTimeAtOneOfItsSteps(_ step: String) async throws {
  let job = try TestJob()
  job.relaunch = .byDesktop
  let launcher = InProcess()
  launcher.before = { if $0.hasSuffix(step) { throw Killed() } }
  let again = try await follow(job, launcher)
  #expect(again == (["nothing": 3, "prepare": 3, "memory": 3 + 1, "turn-0": 6, "final": 6][step]!))
  #expect(try job.statuses().allSatisfy { $0 == (step == "nothing" ? "ok" : "failed") })
  #expect(!FileManager.default.fileExists(atPath: job.work.path))
}

@Test(arguments: ["prepare", "memory", "turn-0", "final"])
func aComputersStartsAreEnoughWhereEachFileHangsAtOneOfItsSteps(_ step: String) async throws {
  let job = try TestJob()
  job.relaunch = .byDesktop
  let launcher = InProcess()
  launcher.after = { key, _ in Ended(key.hasSuffix(step) ? .hung : .answered) }
  #expect(try await follow(job, launcher) <= 2 * 3)
  #expect(try job.statuses() == ["failed", "failed", "failed"])
  #expect(try job.reason(0).contains("it hung and was given up"))  // though it answered in the end
}

@Test func aComputersStartsAreEnoughWhereOneFileIsInterruptedEachTime() async throws {
  for key in ["0-prepare", "1-memory", "2-turn-0", "1-final"] {
    let job = try TestJob()
    job.relaunch = .byDesktop
    let launcher = InProcess()
    launcher.before = { if $0 == key { throw Killed() } }
    #expect(try await follow(job, launcher, job.mark) <= 3 + 3)
    #expect(launcher.keys.filter { $0 == key }.count == JobEffort.mostAttempts)
    #expect(try job.statuses().filter { $0 == "ok" }.count == 2)
  }
}

@Test func aStepThatWasInterruptedStaysExcusedThoughTheNextProcessEndsBeforeItBeginsItAnew() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  launcher.before = { if $0 == "1-turn-0" { throw Killed() } }
  await #expect(throws: Killed.self) { try await job.run(launcher) }
  job.mark(launcher.process)
  var copy: TestJob?
  job.onProgress = {
    if copy == nil, job.said.last?.phase.hasPrefix("pass 1") == true { copy = try? job.copied() }
  }
  _ = try await job.run(InProcess())
  #expect(try await copy!.run(InProcess()) == .finished)
  #expect(try copy!.statuses() == ["ok", "ok", "ok"])
}

@Test func aProcessInWhichAFileHangsRunsNothingElse() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  launcher.after = { key, _ in Ended(key == "0-memory" ? .hung : .answered) }
  #expect(try await job.run(launcher) == .mustLeave("to be started again, after a file hung"))
  #expect(try await job.run(launcher) == .refused("this job runs already"))
  #expect(job.progress()?.state == .running)
  #expect(try await job.run(InProcess()) == .finished)
  #expect(try job.statuses() == ["failed", "ok", "ok"])
}

@Test func aFileThatIsGivenUpAsTheJobsTimeIsOverSaysSo() async throws {
  let job = try TestJob([("cpu", 1)], totalLimitS: 100)
  let launcher = InProcess()
  launcher.after = { _, _ in Ended(.hung) }
  await job.clock.sleep(ms: 1)
  let device = FakeDevice()
  device.thermal = { job.clock.slept < 98 ? "serious" : "" }
  _ = try await job.run(launcher, device)
  #expect(try await job.run(InProcess(), device) == .finished)
  #expect(try job.reason(0).contains("s, as the job's time of 100 s was over"))
}

@Test func aClockThatWasSetExcusesACrashThreeTimesAtMostAndChangesNoDateOfTheJob() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  launcher.before = { if $0 == "1-turn-0" { throw Killed() } }
  for start in 0..<JobEffort.mostAttempts {
    launcher.process = ThisProcess(id: JobId.draw(), bootS: 1_000_000 + 7_200 * start)
    job.clock.setMs = (start % 2 == 0 ? 7_200_000 : -86_400_000)
    await #expect(throws: Killed.self) { try await job.run(launcher) }
  }
  launcher.process = ThisProcess(id: JobId.draw(), bootS: 0)
  #expect(try await job.run(launcher) == .finished)
  #expect(try job.statuses() == ["ok", "failed", "ok"])
  #expect(try job.reason(1).hasSuffix("as it had 2 times before: the device was started anew, or its clock was set"))
  let dates = Set(try (0...2).map { try job.record($0).table("run").text("started_at") })
  #expect(dates.count == 1)
}

@Test func aJobsStepsAreCountedOnOverItsStarts() async throws {
  let job = try TestJob(passes: 3)
  job.relaunch = .byDesktop
  let launcher = InProcess()
  #expect(try await job.runRelaunched(launcher).end == .finished)
  for (one, next) in zip(job.steps, job.steps.dropFirst()) {
    #expect(next.share >= one.share && next.number >= one.number)
  }
  #expect(job.steps.last?.number == launcher.keys.count)
  #expect(job.steps.last?.planned == launcher.keys.count)
}

@Test func aJobThatWasGivenUpGivesItsRoomBack() async throws {
  let job = try TestJob()
  let backend = FakeBackend()
  backend.compiles = true
  let launcher = InProcess(backend)
  launcher.before = { if $0 == "1-turn-0" { throw Killed() } }
  await #expect(throws: Killed.self) { try await job.run(launcher) }
  #expect(FileManager.default.fileExists(atPath: job.work.appendingPathComponent("made/0/kept.mlmodelc").path))
  try UnfinishedJobs.giveUp(Made.job, jobs: job.places.results, work: job.places.work, at: "2026-01-02T03:04:05Z")
  #expect(!FileManager.default.fileExists(atPath: job.work.path))
  #expect(job.progress()?.state == .failed)
}
