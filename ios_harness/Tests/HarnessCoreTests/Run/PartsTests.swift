import Foundation
import Testing

@testable import HarnessCore

private let now = 1_767_323_045_678

private func turn(_ integerMs: Double, _ memoryMs: Double) -> Turn {
  let reading = Reading(integerMs: integerMs, memoryMs: memoryMs)
  var made = Made.turn(0, runs: 1)
  made.before = reading
  made.after = reading
  return made
}

@Test func eachOrderHasEveryRunOnceAndSeedsAndPassesGiveOthers() {
  let orders = (0...3).flatMap { seed in (0...20).map { Orders.of(seed: seed, pass: $0, runs: 8) } }
  for order in orders { #expect(order.sorted() == Array(0...7)) }
  #expect(Set(orders).count > 80)
  #expect(Set(orders.map { $0[0] }) == Set(0...7))
  let large = Orders.of(seed: 4_294_967_295, pass: 999, runs: 1000)
  #expect(large == Orders.of(seed: 4_294_967_295, pass: 999, runs: 1000))
}

@Test func theBestIsKnownOnceTwoTurnsCameNearItAndIsKept() throws {
  try MadeBundle.withFolder { folder in
    let one = Best.of(nil, [turn(0.5, 1), turn(0.6, 1.2)], nowMs: now)!
    #expect(one.reading == Reading(integerMs: 0.5, memoryMs: 1))
    #expect(!one.isKnown)
    let two = Best.of(one, [turn(0.51, 1.02)], nowMs: now + 5)!
    #expect(two.isKnown)
    #expect(!Best.of(two, [turn(0.4, 1)], nowMs: now + 9)!.isKnown)
    #expect(Best.of(two, [turn(0.9, 2)], nowMs: now + 9) == two)
    let kept = BestKept(file: folder.appendingPathComponent("best.json"))
    #expect(kept.read(nowMs: now) == nil)
    try kept.write(two)
    #expect(kept.read(nowMs: now + 10) == two)
    #expect(kept.read(nowMs: now + 31 * 24 * 3_600_000) == nil)
    #expect(kept.read(nowMs: now - 3_600_000) == nil)
    let text = try String(contentsOf: kept.file, encoding: .utf8)
    try AtomicFile.write(to: kept.file, text: text.replacingOccurrences(of: "swift-1", with: "kotlin-1"))
    #expect(kept.read(nowMs: now + 10) == nil)
  }
}

@Test(arguments: [
  (
    "cannot open /var/mobile/Containers/Data/Application/0A-1/Documents/m.mlmodelc (in /private/var/x/App.app)",
    "cannot open m.mlmodelc (in App.app)"
  ),
  ("no file:///private/var/a/b.bin", "no b.bin"),
  ("1/2 of https://x.org/a/b", "1/2 of https://x.org/a/b"),
  ("a\nb", "a b"),
  ("\n", "no reason was given"),
  ("//", "//"),
  ("/", "/"),
])
func reasonsNameFilesWithoutTheirFoldersOnOneLine(_ said: String, _ wanted: String) {
  #expect(Reasons.clean(said) == wanted)
}

@Test func aReasonIsOfBoundedLength() {
  #expect(Reasons.clean(String(repeating: "x", count: 10_000)).count <= 300)
  #expect(Reasons.clean(String(repeating: "/x", count: 10_000)).count <= 300)
}

@Test func noChangeOfAnAnswersBytesDoesMoreThanRefuseIt() async throws {
  let job = try TestJob([("cpu", 1)])
  let launcher = InProcess()
  var answers: [[UInt8]] = []
  launcher.after = { _, answer in
    answers.append([UInt8](try Data(contentsOf: answer)))
    return Ended(.answered)
  }
  _ = try await job.run(launcher)
  var chance: UInt64 = 7
  let draw = { (count: Int) -> Int in
    chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(chance >> 33) % count
  }
  let file = job.root.appendingPathComponent("answer.json")
  var refused = 0
  for round in 0..<700 {
    var data = answers[round % answers.count]
    for _ in 0...draw(3) { data[draw(data.count)] = UInt8(draw(256)) }
    try Data(round % 5 == 0 ? Array(data.prefix(draw(data.count))) : data).write(to: file)
    do { _ = try AnswerReader.read(file) } catch is AnswerRefused { refused += 1 }
  }
  #expect(refused > 200)
}

@Test func anAnswerIsReadAsItWasWritten() throws {
  try MadeBundle.withFolder { folder in
    let reading = Reading(integerMs: 0.5, memoryMs: 1.25)
    let device = TurnDevice(
      batteryC: nil, power: "mains", thermal: "fair", cores: nil, frequencyShare: nil, isForeground: true)
    let answer = Answer(
      wasInFront: false, isDebugBuild: true, hasDebugger: true,
      runtime: RuntimeFacts(name: "coreml", tool: "Core ML", version: nil),
      session: SessionSeen(
        accelerator: AcceleratorPart(
          asked: "npu", obtained: nil, nodes: 3, nodesDelegated: nil, fallback: nil, arithmetic: .float16,
          planned: PlannedPart(cpu: 1, gpu: 0, npu: 2)), threads: 0),
      start: Seen(state: Made.state, unknown: ["soc": "it is made up"]),
      opened: Opened(compileMs: nil, loadMs: 2.5, firstMs: 3.25, warmUpRuns: 4),
      memory: Weighed(
        part: MemoryPart(beforeBytes: 1, loadedBytes: nil, peakBytes: 3, runs: 5, metric: "phys_footprint"),
        unknown: ["loaded_bytes": "no"]),
      turn: TurnTaken(
        offsetMs: 1, before: reading, after: reading, wallMs: 2, cpuMs: nil, waitedMs: 0.5, atMs: [0, 1],
        executeMs: [0.5, 0.25], device: device, unknown: ["cpu_ms": "no"]),
      checked: Checked(
        passages: [Passage(atS: 1, preMs: 2, executeMs: 3, postMs: 4)], loadAgainMs: nil, why: "it was not"))
    let file = folder.appendingPathComponent("a.json")
    try AtomicFile.write(to: file, data: AnswerWriter.write(answer))
    #expect(try AnswerReader.read(file) == answer)
  }
}

@Test func aRequestMovesWithItsFolder() throws {
  try MadeBundle.withFolder { folder in
    let at = { (base: String, name: String) in folder.appendingPathComponent(base).appendingPathComponent(name) }
    let asked = LaunchRequest(
      kind: .final, run: 1, number: 4, bundle: at("old", "bundles/a.zip"), artifact: 2,
      file: at("old", "work/j/files/m.mlpackage"), accelerator: "npu", threads: 0, photo: at("old", "work/j/0.jpg"),
      maps: at("old", "work/j/1-maps"), folder: at("old", "work/j/made"), beganS: 1.5, process: Made.job, attempt: 2,
      bootS: 17)
    let log = LaunchLog(folder: at("old", "work/j"))
    try log.begin(asked)
    try FileManager.default.moveItem(at: folder.appendingPathComponent("old"), to: folder.appendingPathComponent("new"))
    let found = LaunchLog(folder: at("new", "work/j")).asked("1-final")
    #expect(found?.bundle.path == at("new", "bundles/a.zip").path)
    #expect(found?.file.path == at("new", "work/j/files/m.mlpackage").path)
    #expect(found?.maps.path == at("new", "work/j/1-maps").path)
    #expect(found?.attempt == 2)
  }
}

@Test func theDesktopsVersionIsThatOfTheRuntimesOwnTool() throws {
  let manifest = try JsonReader.read(#"{"tools":{"coremltools":"8.1","torch":3}}"#).table!
  #expect(DesktopVersion.of(runtime: "coreml", manifest) == "8.1")
  for runtime in ["torchmobile", "litert", "other"] { #expect(DesktopVersion.of(runtime: runtime, manifest) == nil) }
}

@Test func aComputerThatStandsInForAPhoneSaysWhatItKnowsAndWhyNotTheRest() throws {
  let device = HostDevice()
  let (part, unknown) = device.facts()
  #expect(part.cores! >= 1)
  #expect(part.maker == nil && unknown["maker"] != nil)
  #expect(device.readiness().isReady)
  #expect(device.state().unknown["battery_c"] != nil)
  #expect(device.cpuMs().value! > 0)
  #if os(Linux)
    #expect(device.memoryBytes().value! <= device.peakMemoryBytes().value!)
  #endif
  #expect(throws: CannotRun.self) { try device.decode(URL(fileURLWithPath: "/a.jpg")) }
}

@Test func theClockOfRunsIsFineAndNeverGoesBack() {
  let looks = (0..<1000).map { _ in Ticks.now() }
  #expect(zip(looks, looks.dropFirst()).allSatisfy { $0 <= $1 })
  #expect(Ticks.ms(1_000_000, 3_500_000) == 2.5)
  #expect(looks.last! - looks.first! < 1_000_000_000)
}

@Test func twoProcessesAreToldApartAndADeviceThatWasStartedAnew() {
  #expect(ThisProcess.current.id == ThisProcess.current.id)
  #expect(Hashes.isId(ThisProcess.current.id))
  #expect(JobId.draw() != JobId.draw())
  #expect(!Boot.areTwo(1_000, 1_030) && Boot.areTwo(1_000, 2_000) && !Boot.areTwo(nil, 5))
}
