import Foundation

@testable import HarnessCore

/// The conformance cases' bundle with other runs, and with what `FakeBackend` gives as its golden maps.
enum JobBundle {
  private static let manifestName = "artifacts/0/manifest.json"

  private static let golden: [String: [UInt8]] = try! {
    let bundle = try MadeBundle.bundle()
    let manifest = try bundle.manifest(0)
    var made: [String: [UInt8]] = [:]
    for (place, photo) in bundle.content.photos.enumerated() {
      let input = try InputTensor.bytes(bundle.photo(0, place), manifest.inputs[0])
      let outputs = [FakeBackend.output(FakeBackend.score(input))]
      let found = try Segmentation.classMap(
        outputs, manifest: manifest, heightPx: photo.heightPx, widthPx: photo.widthPx)
      made["golden/0/\(place).runs"] = ClassMapFile.encode(found.classMap)
      made["networks/0/\(place).runs"] = ClassMapFile.encode(found.classMap)
    }
    return made
  }()

  /// Write it. Of `runs` each has an accelerator and threads.
  static func write(
    _ to: URL, _ runs: [(String, Int)], passes: Int = 2, runLimitS: Int = 60, totalLimitS: Int = 3600,
    maxTempC: Double? = 40, runtime: String? = nil, manifest: (inout JsonObject) -> Void = { _ in }
  ) throws {
    var files = MadeBundle.files.merging(golden) { $1 }
    var changed = try JsonReader.read(files[manifestName]!).table!
    manifest(&changed)
    files[manifestName] = JsonWriter.bytes(.table(changed))
    var content = try JsonReader.read(files[OpenBundle.name]!).table!
    content["job"] = .table([
      "runs": .list(
        runs.map { name, threads in .table(["artifact": 0, "accelerator": .of(name), "threads": .of(threads)]) }),
      "seed": 7,
      "passes": .of(passes),
      "limits": .table(["run_s": .of(runLimitS), "total_s": .of(totalLimitS), "max_temp_c": .of(maxTempC)]),
    ])
    if let runtime {
      content["artifacts"] = .list(
        content.tables("artifacts").map { one in
          var one = one
          one["runtime"] = .of(runtime)
          return .table(one)
        })
    }
    files[OpenBundle.name] = nil
    content["files"] = .list(
      files.keys.sorted().map { name in
        .table([
          "name": .of(name), "sha256": .of(Hashes.sha256(files[name]!)), "size_bytes": .of(files[name]!.count),
        ])
      })
    files[OpenBundle.name] = JsonWriter.bytes(.table(content))
    try AtomicFile.write(to: to, data: ArchiveWriter.write(files))
  }
}
