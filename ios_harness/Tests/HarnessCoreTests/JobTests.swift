import Foundation
import Testing

@testable import HarnessCore

/// The results of a whole job, one run that went well and one that was refused, left for Python to import.
@Suite struct JobTests {
  private let bundle: OpenBundle

  init() throws { bundle = try MadeBundle.bundle() }

  @Test func aJobLeavesProgressRecordsAndClassMaps() throws {
    let root = Left.emptied("job")
    try AtomicFile.write(to: root.appendingPathComponent("bundle.zip"), data: MadeBundle.zip)
    let asked = bundle.content.job.runs
    #expect(asked.map(\.accelerator) == ["cpu", "gpu"])
    let results = try Results(root, job: Made.job)
    try results.write(progress(.running, run: 0))
    let golden = bundle.content.golden[0]
    let maps = try bundle.content.photos.indices.map { try bundle.classMap(golden.maps[$0], $0) }
    let names = try maps.map { try results.add($0) }
    try results.addRecord(0, try placed(ran(names), 0, asked[0]).sealed())
    try results.addRecord(1, try placed(refused(), 1, asked[1]).sealed())
    try results.write(progress(.finished, run: asked.count))
    #expect(ProgressReader.of(results.folder)?.state == .finished)
    let record = try Data(contentsOf: results.folder.appendingPathComponent("0.json"))
    let photos = try RecordReader.read(Array(record)).table("bundle").tables("photos")
    #expect(photos.map { $0.text("map_sha256") } == names)
  }

  private func ran(_ names: [String]) -> RecordDocument {
    var made = Made.document(turns: 12, runs: 8)
    made.bundle.results = names.map { PhotoResult(mapSha256: $0, agreement: 1) }
    made.accelerator?.asked = "cpu"
    made.accelerator?.obtained = "cpu"
    return made
  }

  private func refused() -> RecordDocument {
    var made = Made.failed("gpu was asked; this runtime has none", status: "refused")
    made.bundle.results = bundle.content.photos.map { _ in PhotoResult(mapSha256: nil, agreement: nil) }
    made.accelerator = AcceleratorPart(
      asked: "gpu", obtained: nil, nodes: nil, nodesDelegated: nil, fallback: nil, arithmetic: nil)
    made.unknown["/accelerator"] = nil
    for name in ["obtained", "nodes", "nodes_delegated", "fallback", "arithmetic"] {
      made.unknown["/accelerator/\(name)"] = "it did not run"
    }
    return made
  }

  private func placed(_ document: RecordDocument, _ place: Int, _ asked: AskedRun) throws -> RecordDocument {
    let artifact = bundle.content.artifacts[asked.artifact]
    var made = document
    made.run.place = place
    made.run.seed = bundle.content.job.seed
    made.artifact = try bundle.manifest(asked.artifact)
    made.manifestSha256 = try #require(bundle.content.files[artifact.manifest]).sha256
    made.runtime.name = artifact.runtime
    made.runtime.threadsAsked = asked.threads
    made.bundle.run = place
    made.bundle.sha256 = bundle.sha256
    made.bundle.photos = bundle.content.photos
    return made
  }

  private func progress(_ state: JobState, run: Int) -> HarnessCore.Progress {
    HarnessCore.Progress(
      job: Made.job, bundle: bundle.sha256, state: state, run: run, runs: bundle.content.job.runs.count, phase: "",
      reason: nil, at: Moment.text(0))
  }
}
