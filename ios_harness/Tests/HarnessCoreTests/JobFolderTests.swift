import Foundation
import Testing

@testable import HarnessCore

/// A job's folder: what is written there, and what is read there again.
@Suite struct JobFolderTests {
  private let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  private func progress(_ job: String = Made.job, _ state: JobState = .running, at: Int = 0) -> HarnessCore.Progress {
    HarnessCore.Progress(
      job: job, bundle: MadeParts.hash("c"), state: state, run: 0, runs: 2, phase: "timing", reason: "a\nb",
      at: Moment.text(at))
  }

  private func files(below folder: URL) -> Set<String> {
    let found = FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String] ?? []
    return Set(found.filter { !$0.hasSuffix("maps") })
  }

  @Test func aJobsFolderHoldsWholeFilesAlone() throws {
    defer { try? FileManager.default.removeItem(at: root) }
    let results = try Results(root, job: Made.job)
    for state in JobState.allCases { try results.write(progress(Made.job, state)) }
    let map = try ClassMap(heightPx: 2, widthPx: 3, pixels: [0, 0, 1, 1, 1, 0])
    let name = try results.add(map)
    #expect(try results.add(map) == name)
    try results.addRecord(0, try Made.document().sealed())
    #expect(refusal { try results.addRecord(0, "{}") } == "already-there")
    #expect(refusal { try results.addRecord(-1, "{}") } == "bad-name")
    #expect(files(below: results.folder) == ["progress.json", "0.json", "maps/\(name).runs"])
    let record = try Data(contentsOf: results.folder.appendingPathComponent("0.json"))
    #expect(try RecordReader.read(Array(record)).text("status") == "ok")
    let said = try #require(ProgressReader.of(results.folder))
    #expect(said.state == .failed)
    #expect(said.reason == "a b")
  }

  @Test(arguments: ["", "..", "../out", "a b", String(repeating: "x", count: 32), Made.job + "0", "$(reboot)"])
  func aJobOfAnotherNameMakesNoFolder(_ name: String) {
    #expect(refusal { try Results(root, job: name) } == "bad-name")
    #expect(!FileManager.default.fileExists(atPath: root.path))
  }

  @Test func progressIsReadAsItWasWrittenAndTheLatestJobComesFirst() throws {
    defer { try? FileManager.default.removeItem(at: root) }
    let jobs = [Made.job, String(repeating: "0", count: 32), String(repeating: "1", count: 32)]
    for (place, job) in jobs.enumerated() {
      try Results(root, job: job).write(progress(job, .failed, at: 1000 * place))
    }
    try FileManager.default.createDirectory(
      at: root.appendingPathComponent("no job"), withIntermediateDirectories: false)
    #expect(ProgressReader.all(root, bundle: MadeParts.hash("c")).map(\.job) == jobs.reversed())
    #expect(ProgressReader.all(root).count == 3)
    #expect(ProgressReader.all(root, bundle: "of another bundle").isEmpty)
    #expect(ProgressReader.all(root.appendingPathComponent("nothing here")).isEmpty)
    var wanted = progress(jobs[0], .failed)
    wanted.reason = "a b"
    #expect(ProgressReader.of(root.appendingPathComponent(jobs[0])) == wanted)
  }

  @Test func aDamagedProgressSaysNothing() throws {
    defer { try? FileManager.default.removeItem(at: root) }
    let good = progress().toJson()
    var bad = ["", "{", "[]", "{}", "\u{FEFF}", "{\"state\":1e999}", String(repeating: "[", count: 70_000)]
    let changes: [(String, String)] = [
      ("running", "flying"), ("\"run\":0", "\"run\":-1"), ("\"run\":0", "\"run\":0.0"),
      ("\"run\":0", "\"run\":99999999999999999999"), ("\"runs\":2", "\"runs\":null"), (Made.job, "../up"),
    ]
    for (old, new) in changes { bad.append(good.replacingOccurrences(of: old, with: new)) }
    for text in bad {
      try AtomicFile.write(to: root.appendingPathComponent("progress.json"), text: text)
      #expect(ProgressReader.of(root) == nil, "\(text.prefix(80))")
    }
    #expect(ProgressReader.of(root.appendingPathComponent("progress.json")) == nil)
  }

  @Test func aJobOfWhichAPartWasAskedIsKnownByItsSentence() {
    var said = progress(Made.job, .failed)
    let part = AskedPart(asked: 1, runs: 2)
    said.reason = part.sentence
    #expect(AskedPart.of(said) == part)
    let numbers = ["3 of 2", "0 of 2", "1 of 3", "-1 of 2", "01 of 2", "+1 of 2", "99999999999999999999 of 2", ""]
    var others = ["1 of 2 runs", "1 of 2 runs were asked for, and are done.", ""]
    for number in numbers { others.append("\(number) runs were asked for, and are done") }
    for reason in others {
      said.reason = reason
      #expect(AskedPart.of(said) == nil, "\(reason)")
    }
    said.reason = part.sentence
    said.state = .finished
    #expect(AskedPart.of(said) == nil)
  }
}
