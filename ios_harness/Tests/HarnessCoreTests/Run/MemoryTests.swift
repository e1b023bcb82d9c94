import Foundation
import Testing

@testable import HarnessCore

@Test func thePeakOfAProcessThatCompiledTheFileTooIsNotKnownAndTheOtherLooksStay() async throws {
  let job = try TestJob([("cpu", 1)])
  let backend = FakeBackend()
  backend.compiles = true
  #expect(try await job.run(InProcess(backend)) == .finished)
  let record = try job.record(0)
  #expect(record.table("memory")["peak_bytes"] == .null)
  #expect(record.table("unknown").text("/memory/peak_bytes").hasPrefix("the same process compiled the file"))
  for name in ["before_bytes", "loaded_bytes"] { #expect(record.table("memory").int(name) == 50_000_000) }
}

@Test func aPeakThatWasReachedBeforeTheFileWasOpenedIsNotTheFiles() async throws {
  let job = try TestJob([("cpu", 1)])
  let launcher = InProcess()
  launcher.device.peak = { 60_000_000 }
  #expect(try await job.run(launcher) == .finished)
  #expect(try job.record(0).table("memory")["peak_bytes"] == .null)
  let why = try job.record(0).table("unknown").text("/memory/peak_bytes")
  #expect(why.hasPrefix("the process had held as much before it opened the file"))
}

@Test func drivenByAComputerAFileIsCompiledInAnotherProcessThanTheOneThatShowsItsMemory() async throws {
  let job = try TestJob([("cpu", 1), ("npu", 1)])
  job.relaunch = .byDesktop
  let backend = FakeBackend()
  backend.compiles = true
  var opened = 0.0
  backend.whenOpened = { _ in opened += 1 }
  backend.loadMs = { 100 + opened }
  let launcher = InProcess(backend)
  var used: [String] = []
  launcher.before = { if $0.hasSuffix("memory") && launcher.process.hasOpened { used.append($0) } }
  #expect(try await job.runRelaunched(launcher).end == .finished)
  #expect(used.isEmpty)
  for run in 0...1 {
    let record = try job.record(run)
    #expect(record.table("memory").int("peak_bytes") == 60_000_000)
    #expect(record.table("memory").int("runs") == 5)
    #expect(record.table("load").double("cold_ms") == 101 + Double(run))  // its own first
  }
  #expect(try job.record(0).table("load").double("compile_ms") == 12.5)
  #expect(try job.record(1).table("load")["compile_ms"] == .null)  // the same file's
}

@Test func aFileWhoseFirstOpeningWasCutShortSaysThatTheNextIsNoFirstOne() async throws {
  let job = try TestJob([("cpu", 1)])
  let launcher = InProcess()
  var copy: TestJob?
  launcher.before = { if $0 == "0-memory" { copy = try job.copied() } }
  _ = try await job.run(launcher)
  #expect(try !job.record(0).table("load").text("cold_means").contains("cut short"))
  copy!.mark(launcher.process)
  #expect(try await copy!.run(InProcess()) == .finished)
  #expect(try copy!.record(0).table("load").text("cold_means").contains("cut short"))
}

@Test(arguments: [Relaunch.byHand, .byDesktop])
func whatShowsMemoryIsDoneAgainInAFreshProcessOrNotAtAll(_ relaunch: Relaunch) async throws {
  let job = try TestJob()
  job.relaunch = relaunch
  let device = FakeDevice()
  var left = 0
  device.left = { left }
  let launcher = InProcess(FakeBackend(), device)
  var usedAgain = false
  launcher.backend.whenRun = { wanted in
    guard launcher.keys.last == "0-memory" else { return }
    if left == 0 {
      left += 1
      throw WrongOutput("the GPU may not be used now")
    }
    usedAgain = true
  }
  #expect(try await job.runRelaunched(launcher).end == .finished)
  #expect(try job.statuses() == ["ok", "ok", "ok"])
  #expect(usedAgain == (relaunch == .byDesktop))
  let memory = try job.record(0)["memory"]
  #expect((memory == .null) == (relaunch == .byHand))
  if relaunch == .byHand {
    #expect(try job.record(0).table("unknown").text("/memory").hasPrefix("a process shows it of the first file alone"))
  }
}

@Test func aBundlesEvaluatorOfCoreMLIsCoreMLOnAPhoneAndTheRecordSaysSo() async throws {
  let job = try TestJob(runtime: "coreml_reference") { manifest in
    var tools = JsonObject()
    tools["coremltools"] = "8.1"
    manifest["tools"] = .table(tools)
  }
  let launcher = InProcess(FakeBackend("coreml"))
  struct Killed: Error {}
  launcher.before = { if $0 == "2-turn-0" { throw Killed() } }
  await #expect(throws: Killed.self) { try await job.run(launcher) }
  let next = InProcess(FakeBackend("coreml"))
  #expect(try await job.run(next) == .finished)
  for run in 0...2 {
    #expect(try job.record(run).table("runtime").text("name") == "coreml")
    #expect(try job.record(run).table("runtime").text("desktop_version") == "8.1")
  }
  #expect(try job.reason(2).contains("the app ended while it ran this file"))
  let other = try TestJob([("cpu", 1)], runtime: "coreml_reference")
  _ = try await other.run(InProcess(FakeBackend("executorch")))
  #expect(try other.reason(0) == "this app has no runtime coreml; it has executorch")
}

@Test(arguments: [(0, ""), (1, ""), (2, "serious"), (3, "critical"), (4, nil), (-1, nil)] as [(Int, String?)])
func heatHasAWordOnceItSlows(_ state: Int, _ word: String?) {
  #expect(Heat.word(thermalState: state) == word)
}
