import HarnessCore

/// Files of the contract: the cases of runs, archives, manifests, bundles and records.
enum FileCases {
  @Sendable static func runs(_ said: Said, _ at: CaseContext) throws {
    let data = try at.folder.array(said.table("runs")).data
    try CaseArray(ClassMapFile.decode(data)).expect(said, "map")
    let written = ClassMapFile.encode(try at.folder.array(said.table("map")).classMap())
    if written != data { throw Differs("the map is written as other bytes") }
  }

  @Sendable static func refusedRuns(_ said: Said, _ at: CaseContext) throws {
    try expectRefused(said.text("error")) { _ = try ClassMapFile.decode(at.folder.unhex(said.text("bytes"))) }
  }

  @Sendable static func archive(_ said: Said, _ at: CaseContext) throws {
    let data = try at.folder.array(said.table("bytes")).data
    let listed = try said.table("files")
    let found = try unzipped(data)
    try expectEqual(found.map(\.name).sorted(), listed.names.sorted(), "the list of files")
    var files: [String: [UInt8]] = [:]
    for one in found {
      if one.data != (try at.folder.unhex(listed.text(one.name))) { throw Differs("\(one.name) is read otherwise") }
      files[one.name] = one.data
    }
    try expectEqual(ArchiveWriter.write(files) == data, said.bool("written"), "written as the same bytes")
  }

  @Sendable static func refusedArchive(_ said: Said, _ at: CaseContext) throws {
    let data = try at.folder.array(said.table("bytes")).data
    try expectRefused(said.text("error")) { _ = try unzipped(data) }
  }

  @Sendable static func manifest(_ said: Said, _ at: CaseContext) throws {
    let found = try ManifestReader.read(Array(JsonWriter.write(said.value("manifest")).utf8))
    try expectEqual(found.classes, said.table("manifest").texts("classes"), "the list of classes")
  }

  @Sendable static func refusedManifest(_ said: Said, _ at: CaseContext) throws {
    let written = try said.textOrNil("bytes").map(at.folder.unhex)
    let data = try written ?? Array(JsonWriter.write(said.value("manifest")).utf8)
    try expectRefused(said.text("error")) { _ = try ManifestReader.read(data) }
  }

  @Sendable static func record(_ said: Said, _ at: CaseContext) throws {
    let found = try RecordReader.read(recordBytes(said, at))
    if JsonValue.table(found) != (try said.value("is")) { throw Differs("the record is read as another document") }
  }

  @Sendable static func refusedRecord(_ said: Said, _ at: CaseContext) throws {
    try expectRefused(said.text("error")) { _ = try RecordReader.read(recordBytes(said, at)) }
  }

  private static func recordBytes(_ said: Said, _ at: CaseContext) throws -> [UInt8] {
    try said.textOrNil("bytes").map(at.folder.unhex) ?? Array(said.text("text").utf8)
  }

  private static func unzipped(_ data: [UInt8]) throws -> [(name: String, data: [UInt8])] {
    let archive = try Archive(ArraySource(data))
    defer { archive.close() }
    return try archive.names.map { ($0, try archive.read($0, mostBytes: 1 << 20)) }
  }
}
