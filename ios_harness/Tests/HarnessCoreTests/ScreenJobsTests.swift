import Foundation
import Testing

@testable import HarnessCore

/// The table of a job, jobs that an app's end cut short, and what is shared.
@Suite struct ScreenJobsTests {
  private let hash = String(repeating: "a", count: 64)
  private let other = String(repeating: "0", count: 32)

  private func progress(_ job: String, _ state: JobState, runs: Int = 3, reason: String? = nil) -> JobProgress {
    JobProgress(
      job: job, bundle: hash, state: state, run: 1, runs: runs, phase: "", reason: reason,
      at: "2026-01-02T03:04:05.678Z")
  }

  @Test func aTableHasARowForEachRunWhateverBecameOfIt() throws {
    try MadeBundle.withFolder { jobs in
      let results = try Results(jobs, job: Made.job)
      _ = try results.addRecord(0, Made.document().sealed())
      _ = try results.addRecord(2, Made.failed("loading: out of memory").sealed())
      try results.write(progress(Made.job, .running, runs: 4))
      try Data("{".utf8).write(to: results.folder.appendingPathComponent("3.json"))
      let table = JobTable.of(job: Made.job, jobs: jobs) { _ in nil }
      #expect(table.rows.count == 4)
      #expect(table.rows[0].figure.hasSuffix(" ms"))
      #expect(table.rows[0].interval.hasPrefix("median, "))
      #expect(table.rows[0].lines.count == 2)
      #expect(!table.rows[0].details.isEmpty)
      #expect(table.rows[1].lines == [Marked(.waiting, "Under way")])
      #expect(table.rows[2].lines == [Marked(.bad, "Failed: loading: out of memory")])
      #expect(table.rows[3].lines[0].mark == .bad)
      #expect(table.rows.allSatisfy { !$0.spoken.isEmpty })
    }
  }

  @Test func aRunWithoutARecordSaysHowThatComes() throws {
    try MadeBundle.withFolder { jobs in
      let results = try Results(jobs, job: Made.job)
      try results.write(progress(Made.job, .failed, runs: 1, reason: "it was cancelled"))
      let ended = JobTable.of(job: Made.job, jobs: jobs) { _ in nil }
      #expect(ended.rows[0].lines[0].text.hasPrefix("No record: the job ended"))
      try results.write(progress(Made.job, .failed, reason: AskedPart(asked: 1, runs: 3).sentence))
      let part = JobTable.of(job: Made.job, jobs: jobs) { _ in nil }
      #expect(part.rows.map { $0.lines[0].text } == ["Not asked for", "Not asked for", "Not asked for"])
      #expect(JobTable.of(job: "../x", jobs: jobs) { _ in nil }.rows.isEmpty)
    }
  }

  @Test(arguments: [nil, [2, 0]] as [[Int]?])
  func whatWasAskedOfAJobIsFoundAgain(_ only: [Int]?) throws {
    try MadeBundle.withFolder { work in
      let asked = AskedJob(bundle: hash, job: Made.job, only: only, coolDownS: 20, byComputer: true)
      try asked.keep(work: work)
      #expect(AskedJob.of(job: Made.job, work: work) == asked)
    }
  }

  @Test(arguments: [
    "", "{", "[]", #"{"bundle":1}"#, #"{"bundle":"aa","job":"fedcba9876543210fedcba9876543210"}"#,
    #"{"bundle":"HASH","job":"fedcba9876543210fedcba9876543210","only":[1.5],"cool_down_s":0,"by_computer":true}"#,
    #"{"bundle":"HASH","job":"fedcba9876543210fedcba9876543210","only":[],"cool_down_s":0,"by_computer":true}"#,
    #"{"bundle":"HASH","job":"fedcba9876543210fedcba9876543210","only":null,"cool_down_s":1e9,"by_computer":true}"#,
    #"{"bundle":"HASH","job":"00000000000000000000000000000000","only":null,"cool_down_s":0,"by_computer":true}"#,
  ])
  func aDamagedWishIsNone(_ text: String) throws {
    try MadeBundle.withFolder { work in
      let folder = work.appendingPathComponent(Made.job)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let said = text.replacingOccurrences(of: "HASH", with: hash)
      try Data(said.utf8).write(to: folder.appendingPathComponent(AskedJob.file))
      #expect(AskedJob.of(job: Made.job, work: work) == nil)
    }
  }

  @Test func aJobThatWasUnderWayIsOfferedAndOneThatIsOverIsNot() throws {
    try MadeBundle.withFolder { folder in
      let (jobs, work) = (folder.appendingPathComponent("jobs"), folder.appendingPathComponent("work"))
      #expect(UnfinishedJobs.latest(jobs: jobs, work: work) == nil)
      let asked = AskedJob(bundle: hash, job: Made.job)
      try asked.keep(work: work)
      let results = try Results(jobs, job: Made.job)
      try results.write(progress(Made.job, .running))
      #expect(UnfinishedJobs.latest(jobs: jobs, work: work) == asked)
      try UnfinishedJobs.giveUp(Made.job, jobs: jobs, work: work, at: "2026-01-02T03:04:06.000Z")
      #expect(UnfinishedJobs.latest(jobs: jobs, work: work) == nil)
      #expect(ProgressReader.of(results.folder)?.state == .failed)
      #expect(ProgressReader.of(results.folder)?.reason?.contains("given up") == true)
    }
  }

  @Test func aJobThatBeginsLeavesNoOtherUnderWay() throws {
    try MadeBundle.withFolder { folder in
      let (jobs, work) = (folder.appendingPathComponent("jobs"), folder.appendingPathComponent("work"))
      for job in [Made.job, other] {
        try AskedJob(bundle: hash, job: job).keep(work: work)
        try Results(jobs, job: job).write(progress(job, .running))
      }
      UnfinishedJobs.clear(but: other, jobs: jobs, work: work, at: "2026-01-02T03:04:06.000Z")
      #expect(UnfinishedJobs.latest(jobs: jobs, work: work)?.job == other)
      #expect(ProgressReader.of(jobs.appendingPathComponent(Made.job))?.state == .failed)
      #expect(try FileManager.default.contentsOfDirectory(atPath: work.path) == [other])
    }
  }

  @Test func resultsAreSharedAsAZipOfWholeFilesInTheJobsFolder() throws {
    try MadeBundle.withFolder { folder in
      let jobs = folder.appendingPathComponent("jobs")
      let results = try Results(jobs, job: Made.job)
      try results.write(progress(Made.job, .finished))
      let map = try ClassMap(heightPx: 1, widthPx: 2, pixels: [0, 1])
      let name = try results.add(map)
      try Data("half".utf8).write(to: results.folder.appendingPathComponent("0.json.part"))
      let file = folder.appendingPathComponent("shared/a.zip")
      try SharedZip.write(job: Made.job, jobs: jobs, to: file)
      let bytes = [UInt8](try Data(contentsOf: file))
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.contains("\(Made.job)/progress.json"))
      #expect(text.contains("\(Made.job)/maps/\(name).runs"))
      #expect(!text.contains(".part"))
      #expect(throws: StorageRefused.self) { try SharedZip.write(job: "../x", jobs: jobs, to: file) }
    }
  }

  @Test func aZipOfShortNamesIsOneThatTheContractsReaderTakes() throws {
    var zip = StoredZip()
    zip.add("a.json", Array("{}".utf8))
    zip.add("maps/b.runs", [0, 1, 255])
    let read = try Archive(ArraySource(zip.finished()))
    #expect(read.names == ["a.json", "maps/b.runs"])
    #expect(try read.read("maps/b.runs", mostBytes: 10) == [0, 1, 255])
  }
}
