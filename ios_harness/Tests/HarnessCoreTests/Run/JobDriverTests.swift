import Foundation
import Testing

@testable import HarnessCore

@Test func aJobGivesRecordsThatAReaderTakesAndClassMaps() async throws {
  let job = try TestJob(passes: 5)
  let backend = FakeBackend()
  backend.compiles = true
  #expect(try await job.run(InProcess(backend)) == .finished)
  for run in 0...2 {
    let record = try job.record(run)
    #expect(record.text("status") == "ok")
    #expect(record.text("kind") == "ios")
    #expect(record.text("schema_version") == "1.4")
    #expect(record.text("verdict") == "INVALID")
    #expect(record.texts("verdict_reasons").contains { $0.contains("in a test") })
    #expect(record.table("golden").text("status") == "passed")
    #expect(record.tables("turns").map { $0.int("number") } == Array(0...4))
    if run == 0 {
      #expect(record.table("load").double("compile_ms") == 12.5)
    } else {  // of the same file
      #expect(record.table("load")["compile_ms"] == .null)
      #expect(
        record.table("unknown").text("/load/compile_ms").contains("another run of the same file may have made it"))
    }
    #expect(record.table("load").double("cold_ms") == 3.25)
    #expect(record.table("accelerator").table("planned").int("cpu") == 3)
    #expect(record.table("yardstick").text("version") == "swift-1")
    let maps = record.table("bundle").tables("photos").map { $0.text("map_sha256") }
    #expect(Set(maps).count == 2)
    for map in maps {
      #expect(FileManager.default.fileExists(atPath: job.results.appendingPathComponent("maps/\(map).runs").path))
    }
    let text = try String(contentsOf: job.results.appendingPathComponent("\(run).json"), encoding: .utf8)
    #expect(!text.contains(job.root.path))
  }
  #expect(job.progress()?.state == .finished)
  #expect(!FileManager.default.fileExists(atPath: job.work.path))
  #expect(FileManager.default.fileExists(atPath: job.places.best.path))
}

@Test func memoryComesFirstAndPassesAreShuffledAlikeEachTime() async throws {
  var orders: [[String]] = []
  for _ in 0...1 {
    let job = try TestJob(passes: 9)
    job.relaunch = .byDesktop
    let launcher = InProcess()
    #expect(try await job.runRelaunched(launcher).end == .finished)
    orders.append(launcher.keys)
  }
  #expect(orders[0] == orders[1])
  let first = ["0-prepare", "1-prepare", "2-prepare", "0-memory", "1-memory", "2-memory"]
  #expect(Array(orders[0].prefix(6)) == first)
  #expect(Set(orders[0]).count == orders[0].count)
  let turns = orders[0].dropFirst(6).map { String($0.prefix(1)) }
  let passes = stride(from: 0, to: turns.count, by: 3).map { Array(turns[$0..<($0 + 3)]) }
  #expect(passes.count == 9)
  for pass in passes { #expect(Set(pass) == ["0", "1", "2"]) }
  #expect(Set(passes).count >= 3)
}

@Test func noClassMapIsMadeBeforeItsFilesLastTurnAndNoneIsJudgedBeforeTheLastTurnOfAll() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  let files = FileManager.default
  var early: [String] = []
  launcher.before = { key in
    let run = key.prefix(1)
    if files.fileExists(atPath: job.work.appendingPathComponent("\(run)-maps").path) { early.append(key) }
    if files.fileExists(atPath: job.results.appendingPathComponent("maps").path) { early.append(key) }
  }
  #expect(try await job.run(launcher) == .finished)
  #expect(early.isEmpty)
}

@Test func onlyRunningIsTimedAndReadingTheOutputIsNot() async throws {
  let backend = FakeBackend()
  backend.whenRun = { _ in usleep(3_000) }
  backend.whenRead = { _ in usleep(60_000) }
  let job = try TestJob([("cpu", 1)])
  _ = try await job.run(InProcess(backend))
  let turns = try job.record(0).tables("turns")
  #expect(!turns.isEmpty)
  for turn in turns { #expect(turn.doubles("execute_ms").allSatisfy { $0 >= 3 && $0 < 60 }) }
}

@Test func eachStepLetsItsFileGoAndNeverHoldsTwo() async throws {
  let launcher = InProcess()
  var left: [Int] = []
  launcher.after = { _, _ in
    left.append(launcher.backend.loaded.value)
    return Ended(.answered)
  }
  _ = try await TestJob().run(launcher)
  #expect(left.allSatisfy { $0 == 0 })
  #expect(launcher.backend.loaded.most == 1)
}

@Test func wholePassagesAreTimedFromThePhotosFileOnAndLoadingOnceMoreBesideIt() async throws {
  let device = FakeDevice()
  device.decoded = { file in
    #expect(file.lastPathComponent == "0.jpg")
    return try Picture(heightPx: 9, widthPx: 14, rgb: [UInt8](repeating: 0, count: 3 * 9 * 14))
  }
  let backend = FakeBackend()
  var opened = 0
  backend.whenOpened = { _ in
    opened += 1
    if opened == 4 { throw CannotRun("one at most") }
  }
  let job = try TestJob([("cpu", 1)])
  #expect(try await job.run(InProcess(backend, device)) == .finished)
  let record = try job.record(0)
  #expect(record.text("reason") == "")
  #expect(record.items("end_to_end").count == 3)
  #expect(record.table("unknown").text("/load/warm_ms") == "it was not loaded a second time: one at most")
}

@Test(arguments: ["debug", "debugger", "hidden", "left", "test", "npu"])
func whatIsNoMeasurementOfAPhoneInUseIsInvalid(_ what: String) async throws {
  let device = FakeDevice()
  let launcher = InProcess(FakeBackend(), device)
  let job = try TestJob([(what == "npu" ? "npu" : "cpu", 1)], passes: 5)
  job.launch = what == "test" ? "test" : "app"
  let inTurn = { launcher.keys.last == "0-turn-1" }
  device.isDebugBuild = what == "debug"
  var looks = 0
  device.isDebugged = {
    looks += 1
    return what == "debugger" && looks > 5
  }
  device.isReady = { !(what == "hidden" && inTurn()) }
  device.left = {
    looks += 1
    return what == "left" && inTurn() ? looks : 0
  }
  _ = try await job.run(launcher, FakeDevice())
  let record = try job.record(0)
  #expect(record.text("reason") == "")
  #expect(record.text("verdict") == "INVALID")
  let words = [
    "debug": "debug build", "debugger": "debugger", "hidden": "foreground", "left": "foreground", "test": "in a test",
    "npu": "npu",
  ]
  #expect(record.texts("verdict_reasons").contains { $0.contains(words[what]!) }, "\(record.texts("verdict_reasons"))")
  if what != "test" { #expect(!record.texts("verdict_reasons").contains { $0.contains("in a test") }) }
}

@Test func anotherBundleIsRefusedAndSoIsASecondJobAndAnIdThatIsNone() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  let other = try job.driver(launcher, launcher.device, launcher.process, sha256: String(repeating: "0", count: 64))
  #expect(try await other.run() == .refused("it is another bundle than was asked for"))
  #expect(job.progress()?.state == .refused)
  let busy = launcher.process
  #expect(busy.begin("0" + Made.job.dropFirst()) == nil)
  #expect(try await job.run(launcher) == .refused("another job runs"))
  busy.end()
  _ = busy.begin(Made.job)
  let before = job.progress()
  #expect(try await job.run(launcher) == .refused("this job runs already"))
  #expect(job.progress() == before)
  busy.end()
  #expect(try await job.run(launcher) == .finished)
  let request = JobRequest(
    bundle: job.root, sha256: "", job: "../x", relaunch: .byHand, launch: "test", version: "0", commit: nil)
  let wrong = JobDriver(request, places: job.places, launcher: launcher, device: FakeDevice())
  await #expect(throws: StorageRefused.self) { try await wrong.run() }
}

@Test func aJobEndsAtItsLimitAndWhatIsMeasuredByThenHasItsRecord() async throws {
  let job = try TestJob(passes: 2, totalLimitS: 100)
  let launcher = InProcess()
  launcher.before = { if $0.hasSuffix("final") { await job.clock.sleep(ms: 200_000) } }
  let end = try await job.run(launcher)
  #expect(end.reason.contains("100 s, which the bundle sets as its limit"))
  let last = try #require(launcher.keys.last)
  #expect(launcher.keys.filter { $0.hasSuffix("final") } == [last])
  #expect(try job.record(Int(last.prefix(1))!).text("status") == "ok")
}

@Test func filesThatHaveNotEnoughGoOnUntilTheCeiling() async throws {
  let job = try TestJob([("cpu", 1)])
  job.effort.ceilingS = 60
  let launcher = InProcess()
  launcher.before = { _ in await job.clock.sleep(ms: 10_000) }
  _ = try await job.run(launcher)
  let turns = try job.record(0).tables("turns").count
  #expect((6...10).contains(turns))
}

@Test func aPauseAfterEachPassLetsTheDeviceCool() async throws {
  let job = try TestJob([("cpu", 1)], passes: 4)
  job.effort.coolDownS = 5
  #expect(try await job.run(InProcess()) == .finished)
  #expect(job.clock.slept == 3 * 5)
  #expect(job.said.contains { $0.phase == "cooling down" && $0.state == .running })
}
