import Foundation

/// What a job has given so far, as a table; `name`: the bundle's, nil where it is kept no longer.
public struct JobTable: Equatable, Sendable {
  public var progress: JobProgress?
  public var name: String?
  public var rows: [RecordRow]

  /// The table of a job whose folder lies in `jobs`; never throws: what cannot be read says so in its row.
  public static func of(job: String, jobs: URL, content: (String) -> BundleContent?) -> JobTable {
    guard Hashes.isId(job) else { return JobTable(progress: nil, name: nil, rows: []) }
    let folder = jobs.appendingPathComponent(job)
    let progress = ProgressReader.of(folder)
    let bundle = progress.flatMap { content($0.bundle) }
    let asked = bundle?.job.runs ?? []
    let count = min(max(progress?.runs ?? 0, asked.count), mostRuns)
    let rows = (0..<count).map { run -> RecordRow in
      let wanted = run < asked.count ? asked[run] : nil
      return row(folder, run, wanted, wanted.flatMap { bundle?.artifacts[$0.artifact].name }, progress)
    }
    return JobTable(progress: progress, name: bundle?.name, rows: rows)
  }

  private static let mostRuns = 10_000

  private static func row(
    _ folder: URL, _ run: Int, _ wanted: AskedRun?, _ name: String?, _ progress: JobProgress?
  ) -> RecordRow {
    let file = folder.appendingPathComponent("\(run).json")
    let asked = wanted.map { RunText.asked($0.accelerator) } ?? ""
    do {
      if let data = try SmallFile.read(file, mostBytes: RecordReader.mostBytes) {
        let record = RecordSummary.of(try RecordReader.read(data))
        return RecordRow(record, title: name ?? record.file)
      }
    } catch {
      return RecordRow(title: name ?? "\(run).json", asked: asked, why: Marked(.bad, PlainReason.of(error)))
    }
    return RecordRow(title: name ?? "Run \(run + 1)", asked: asked, why: waiting(run, progress))
  }

  private static func waiting(_ run: Int, _ progress: JobProgress?) -> Marked {
    guard let progress else { return Marked(.none, "No record") }
    if AskedPart.of(progress) != nil { return Marked(.none, "Not asked for") }
    if progress.state != .running {
      return Marked(.none, "No record: the job ended before this run was finished")
    }
    return progress.run == run ? Marked(.waiting, "Under way") : Marked(.none, "Waits for its turn")
  }
}
