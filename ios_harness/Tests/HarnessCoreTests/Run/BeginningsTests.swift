import Foundation
import Testing

@testable import HarnessCore

/// What is looked at before a job's first step, so that nothing runs which should not.

@Test func aBundleWithOneDamagedByteInAnyFileIsRefusedAndNothingRuns() async throws {
  let sound = try TestJob([("cpu", 1)])
  let files = try MadeBundle.unzipped([UInt8](Data(contentsOf: sound.root.appendingPathComponent("bundle.zip"))))
  let names = files.keys.filter { $0 != OpenBundle.name }.sorted()
  #expect(names.contains { $0.hasPrefix("labels/") } && names.contains { $0.hasPrefix("networks/") })
  for name in names {
    let job = try TestJob([("cpu", 1)])
    var damaged = files
    damaged[name]![files[name]!.count / 2] ^= 1
    let zip = job.root.appendingPathComponent("bundle.zip")
    try AtomicFile.write(to: zip, data: ArchiveWriter.write(damaged))  // a zip that is whole in itself
    let launcher = InProcess()
    let end = try await job.run(launcher)
    guard case .refused(let why) = end else {
      Issue.record("\(name) is damaged, and the job ended as \(end)")
      continue
    }
    #expect(why.contains((name as NSString).lastPathComponent), "\(name)")
    #expect(launcher.keys.isEmpty && !launcher.process.hasOpened, "\(name)")
    #expect(job.progress()?.state == .refused, "\(name)")
  }
}

@Test func nothingElseIsMeasuredBesideAFileThatHangs() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  launcher.after = { key, answer in
    guard key == "1-turn-0" else { return Ended(.answered) }
    try FileManager.default.removeItem(at: answer)
    return Ended(.hung)
  }
  #expect(try await job.run(launcher) == .mustLeave("to be started again, after a file hung"))
  let keys = launcher.keys
  #expect(try await job.run(launcher) == .refused("this job runs already"))
  #expect(launcher.process.begin(JobId.draw()) == Made.job)
  #expect(launcher.keys == keys)
}

@Test func aMarkExcusesOneEndAndIsGoneOnceTheJobGoesOn() async throws {
  let job = try TestJob()
  let first = InProcess()
  var copy: TestJob?
  first.before = { if $0 == "1-turn-0" { copy = try job.copied() } }
  _ = try await job.run(first)
  let goesOn = try #require(copy)
  goesOn.mark(first.process)
  let second = InProcess()
  var marked: [[String]] = []
  let mark = InterruptedMark(work: goesOn.places.work, job: Made.job, process: second.process)
  second.before = { key in
    if marked.isEmpty { mark.write() }  // it leaves the front, too
    marked.append(mark.processes)
  }
  goesOn.mark(second.process)
  #expect(try await goesOn.run(second) == .finished)
  #expect(!marked.isEmpty)
  #expect(marked.allSatisfy { $0 == [second.process.id] })
}

@Test(arguments: ["sha256", "size_bytes", "target"])
func aManifestOfAnotherFileThanTheBundlesEndsTheJobBeforeTheFileIsOpened(_ field: String) async throws {
  let others: [String: JsonValue] = [
    "sha256": .of(MadeParts.hash("a")), "size_bytes": .of(101), "target": .of("executorch"),
  ]
  let job = try TestJob([("cpu", 1)]) { $0[field] = others[field]! }
  let launcher = InProcess()
  let end = try await job.run(launcher)
  #expect(end.isOver && end != .finished)
  #expect(!launcher.process.hasOpened)
}
