import Foundation
import Testing

@testable import HarnessCore

@Test func whatARuntimeOrAnAppCannotRunIsRefusedWithTheReasonAndTheOthersGoOn() async throws {
  let job = try TestJob([("cpu", 1), ("gpu", 1), ("cpu", 2)])
  let backend = FakeBackend()
  backend.refuse = { $0.accelerator == "gpu" ? "this runtime has no gpu" : nil }
  backend.whenOpened = { if $0.threads == 2 { throw CannotRun("operator X is not known") } }
  #expect(try await job.run(InProcess(backend)) == .finished)
  #expect(try job.statuses() == ["ok", "refused", "refused"])
  #expect(try job.reason(1) == "this runtime has no gpu")
  #expect(try job.reason(2) == "operator X is not known")
  let other = try TestJob([("cpu", 1)])
  _ = try await other.run(InProcess(FakeBackend("coreml")))
  #expect(try other.reason(0) == "this app has no runtime ort; it has coreml")
}

@Test func aFileOfTwoInputsIsRefusedBeforeItIsLoadedSinceOneOfThemWouldBeEmpty() async throws {
  let job = try TestJob([("cpu", 1)]) { manifest in
    var second = manifest.tables("inputs")[0]
    second["name"] = "mask"
    manifest["inputs"] = .list(manifest.items("inputs") + [.table(second)])
  }
  let backend = FakeBackend()
  var opened = 0
  backend.whenOpened = { _ in opened += 1 }
  #expect(try await job.run(InProcess(backend)) == .finished)
  #expect(try job.reason(0) == "it takes 2 inputs, and a photo is one")
  #expect(opened == 0)
}

@Test func outputsThatAreNoneOfAnotherShapeOrNotFiniteFailARun() async throws {
  let job = try TestJob()
  var nan = [UInt8](repeating: 0, count: 4 * FakeBackend.classes * FakeBackend.heightPx * FakeBackend.widthPx)
  nan.replaceSubrange(0..<4, with: withUnsafeBytes(of: Float.nan.bitPattern.littleEndian, Array.init))
  let backend = FakeBackend()
  backend.change = { wanted, outputs in
    switch wanted.threads {
    case 1: []
    case 2:
      [
        RawOutput(
          name: "other", dtype: "int8", shape: [1], stridesBytes: [1], scale: nil, zeroPoint: nil, memory: nan)
      ]
    default: [FakeBackend.output(nan)]
    }
  }
  #expect(try await job.run(InProcess(backend)) == .finished)
  #expect(try job.reason(0).contains("the runtime gave no output"))
  #expect(try job.reason(1).contains("no output logits"))
  #expect(try job.reason(2).contains("photo 0 gave 1 values that are not finite"))
}

@Test func aRuntimeThatGivesThePhotoBeforeFailsTheGoldenCheckByName() async throws {
  let job = try TestJob([("cpu", 1)], passes: 5)
  let backend = FakeBackend()
  var before: [RawOutput]?
  backend.change = { _, outputs in
    defer { before = outputs }
    return before ?? outputs
  }
  #expect(try await job.run(InProcess(backend)) == .finished)
  let golden = try job.record(0).table("golden")
  #expect(golden.text("status") == "failed")
  #expect(golden.text("reason").contains("photo"))
  #expect(try job.record(0).text("verdict") == "INVALID")
}

@Test func anAnswerThatIsDamagedFailsItsRunAndNoOther() async throws {
  let replaced = { (from: String, to: String) in
    { (data: [UInt8]) in Array(String(decoding: data, as: UTF8.self).replacingOccurrences(of: from, with: to).utf8) }
  }
  let damages: [([UInt8]) -> [UInt8]] = [
    { Array($0.prefix($0.count / 2)) },
    { _ in [] },
    { data in (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 31 + data.count) } },
    { _ in Array(String(repeating: "[", count: 100_000).utf8) },
    { _ in [UInt8](repeating: 32, count: 5 << 20) },
    { _ in Array(#"{"status":"ok"}"#.utf8) },
    replaced(#""status":"ok""#, #""status":"great""#),
    replaced(#""load_ms":"#, #""load_ms":-"#),
    replaced(#""load_ms":"#, #""load_ms":1e999,"x":"#),
  ]
  for (place, damage) in damages.enumerated() {
    let job = try TestJob()
    let launcher = InProcess()
    launcher.after = { key, answer in
      if key == "1-turn-0" {
        try Data(damage([UInt8](Data(contentsOf: answer)))).write(to: answer)
      }
      return Ended(.answered)
    }
    #expect(try await job.run(launcher) == .finished)
    #expect(try job.statuses() == ["ok", "failed", "ok"], "damage \(place)")
    #expect(try job.reason(1).contains("in pass 1: it left a damaged answer"), "damage \(place)")
  }
}

@Test func classMapsThatAreMissingDamagedOrOfAnotherSizeFailTheirRun() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  launcher.after = { key, answer in
    let maps = answer.deletingLastPathComponent().appendingPathComponent("\(key.prefix(1))-maps")
    switch key {
    case "0-final": try FileManager.default.removeItem(at: OutputCheck.again(maps))
    case "1-final": try Data(count: 40).write(to: OutputCheck.file(maps, 1))
    case "2-final": try Data(contentsOf: OutputCheck.file(maps, 1)).write(to: OutputCheck.file(maps, 0))
    default: break
    }
    return Ended(.answered)
  }
  #expect(try await job.run(launcher) == .finished)
  #expect(try job.statuses() == ["failed", "failed", "failed"])
}

@Test func aStepThatIsNotStartedOrLeavesNothingIsAFailedRun() async throws {
  for (kind, words) in [
    (EndKind.notStarted, "it was not started: no memory"), (.answered, "it left no answer: no memory"),
  ] {
    let job = try TestJob([("cpu", 1)])
    let launcher = InProcess()
    launcher.after = { _, answer in
      try FileManager.default.removeItem(at: answer)
      return Ended(kind, "no memory")
    }
    #expect(try await job.run(launcher) == .finished)
    #expect(try job.reason(0) == "when its memory was looked at: \(words)")
  }
}

@Test(arguments: ["serious", "critical"])
func heatIsWaitedForOnceAndWhatHasEnoughKeepsWhatWasMeasured(_ word: String) async throws {
  for (hotFrom, status) in [(9, "ok"), (7, "failed")] {
    let launcher = InProcess()
    let device = FakeDevice()
    device.thermal = { launcher.keys.count >= hotFrom ? word : "" }
    let job = try TestJob([("cpu", 1), ("cpu", 2)])
    job.effort = JobEffort(leastPasses: 5, ceilingS: 1e6)
    #expect(try await job.run(launcher, device) == .finished)
    for place in 0...1 { #expect(try job.record(place).text("status") == status) }
    #expect(job.clock.slept == 600)
    if status == "failed" {
      #expect(try job.reason(0).contains("its heat is \(word), and still was after 600 s"))
    } else {
      #expect(try job.record(0).items("turns").count == 5)
    }
  }
}

@Test func aBatteryThatIsKnownToBeHotIsWaitedForAndAFairStateOfHeatIsNot() async throws {
  let device = FakeDevice()
  var looks = 0
  device.thermal = { "fair" }
  device.batteryC = {
    looks += 1
    return looks < 6 ? 44 : 35
  }
  let job = try TestJob([("cpu", 1)])
  #expect(try await job.run(InProcess(), device) == .finished)
  #expect(job.said.contains { $0.phase.contains("44.0 °C where 40.0 is the most") })
  #expect((4...6).contains(job.clock.slept))
}

@Test func aLockedPhoneFailsARunOnceItWasWaitedForAndTimeInWhichTheAppWasStoppedDoesNotCount() async throws {
  let device = FakeDevice()
  device.isReady = { false }
  let job = try TestJob([("cpu", 1)])
  _ = try await job.run(InProcess(), device)
  #expect(try job.reason(0).contains("the phone is locked; unlock it, and still was after 60 s"))
  let stopped = try TestJob([("cpu", 1)], totalLimitS: 86_400)
  var looks = 0
  device.isReady = {
    looks += 1
    return looks > 5
  }
  stopped.clock.stretch = 3_600  // each second of waiting took an hour
  #expect(try await stopped.run(InProcess(), device) == .finished)
  #expect(try stopped.record(0).text("status") == "ok")
}
