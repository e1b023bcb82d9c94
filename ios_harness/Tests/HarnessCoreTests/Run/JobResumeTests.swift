import Foundation
import Testing

@testable import HarnessCore

@Test func aJobThatWasCancelledKeepsItsRecordsAndGoesOnWhenItIsStartedAgain() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  job.isCancelled = { launcher.keys.count == 5 }
  #expect(try await job.run(launcher) == .failed("cancelled"))
  #expect(job.progress()?.reason == "cancelled")
  #expect(launcher.keys.count == 5)
  #expect(
    FileManager.default.fileExists(
      atPath: job.results.appendingPathComponent("\(launcher.keys[4].prefix(1)).json").path))
  for name in ["files", "made"] {
    #expect(!FileManager.default.fileExists(atPath: job.work.appendingPathComponent(name).path))
  }
  #expect(FileManager.default.fileExists(atPath: job.work.appendingPathComponent("0-memory.answer.json").path))
  job.isCancelled = { false }
  #expect(try await job.run(launcher) == .finished)
  #expect(Set(launcher.keys).count == launcher.keys.count)
  #expect(try await job.run(launcher) == .finished)
  #expect(launcher.keys.count == 7)
}

@Test func oneRunOfSeveralCanBeAskedFor() async throws {
  let job = try TestJob()
  job.only = [1]
  let launcher = InProcess()
  #expect(try await job.run(launcher) == .failed("1 of 3 runs were asked for, and are done"))
  #expect(AskedPart.of(job.said.last!) == AskedPart(asked: 1, runs: 3))
  #expect(try job.record(1).text("status") == "ok")
  #expect(launcher.keys.allSatisfy { $0.hasPrefix("1-") })
  job.only = nil
  #expect(try await job.run(launcher) == .finished)
  #expect(try job.record(0).items("turns").count > 0)
}

@Test func byHandOneFileShowsItsMemoryAndTheOthersSayWhyNot() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  #expect(try await job.run(launcher) == .finished)
  #expect(launcher.keys.filter { $0.hasSuffix("memory") } == ["0-memory"])
  #expect(try job.record(0).table("memory").text("metric") == "phys_footprint")
  for run in 1...2 {
    #expect(try job.record(run)["memory"] == .null)
    #expect(
      try job.record(run).table("unknown").text("/memory").hasPrefix("a process shows it of the first file alone"))
    #expect(try job.record(run).table("load").double("cold_ms") == 3.25)
  }
}

@Test func aComputerStartsTheAppAgainForEachFilesMemory() async throws {
  let job = try TestJob()
  job.relaunch = .byDesktop
  let launcher = InProcess()
  let (end, starts) = try await job.runRelaunched(launcher)
  #expect(end == .finished)
  #expect(starts == 1 + 3)
  let asks = job.said.filter { $0.phase == "to be started again, to measure memory" }
  #expect(asks.count == 3)
  #expect(asks.allSatisfy { $0.state == .running })
  for run in 0...2 { #expect(try job.record(run).table("memory").int("peak_bytes") == 60_000_000) }
}

@Test func aProcessThatOpenedAFileBeforeShowsNoMemoryByHand() async throws {
  let job = try TestJob([("cpu", 1)])
  let launcher = InProcess()
  launcher.process.noteOpened()
  #expect(try await job.run(launcher) == .finished)
  #expect(try job.record(0)["memory"] == .null)
  #expect(try job.record(0).text("status") == "ok")
}

@Test func aFinishedJobIsNotOfferedAgainAndANewOneHasANewId() async throws {
  let job = try TestJob([("cpu", 1)])
  _ = try await job.run(InProcess())
  let bundle = job.progress()!.bundle
  let offers = [JobOffer.of(bundle: bundle, places: job.places), JobOffer.of(bundle: bundle, places: job.places)]
  for offer in offers {
    #expect(Hashes.isId(offer.job))
    #expect(offer.job != Made.job)
  }
  #expect(offers[0] != offers[1])
}

@Test func aJobCountsItsStepsOneByOneUpToThoseThatWerePlanned() async throws {
  let job = try TestJob(passes: 5)
  let backend = FakeBackend()
  backend.whenOpened = { if $0.threads == 2 { throw CannotRun("no") } }
  let launcher = InProcess(backend)
  launcher.before = { _ in await job.clock.sleep(ms: 4_000) }
  job.effort.ceilingS = 60
  #expect(try await job.run(launcher) == .finished)
  for (one, next) in zip(job.steps, job.steps.dropFirst()) {
    #expect(next.share >= one.share && next.number > one.number)
  }
  #expect(job.steps.allSatisfy { 1...$0.planned ~= $0.number && $0.share < 1 })
  #expect(job.steps.count == launcher.keys.count)
  #expect(job.steps.last?.planned == launcher.keys.count)
}
