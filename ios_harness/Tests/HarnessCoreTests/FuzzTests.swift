import Foundation
import Testing

@testable import HarnessCore

/// Thousands of damaged files: each reads to what was made or is refused by name, and nothing ends the process.
@Suite struct FuzzTests {
  @Test func twoThousandDamagedZips() throws {
    let files: [String: [UInt8]] = ["a.json": Array("{}\n".utf8), "b/0.runs": Array(0..<40), "b/c.rgb": [0, 0, 0]]
    let whole = try ArchiveWriter.write(files)
    try run(least: 0.9) {
      Damage.of(whole, &$0)
    } read: { data in
      for (name, body) in try MadeBundle.unzipped(data) { #expect(files[name] == body) }
    }
  }

  @Test func twoThousandDamagedClassMaps() throws {
    var chance = Chance(seed: 3)
    let pixels = (0..<630).map { $0 % 200 < 170 ? UInt8(2) : UInt8(chance.below(4)) }
    let whole = ClassMapFile.encode(try ClassMap(heightPx: 30, widthPx: 21, pixels: pixels))
    try run(least: 0.7) {
      Damage.of(whole, &$0)
    } read: { data in
      let found = try ClassMapFile.decode(data)
      #expect(ClassMapFile.encode(found) == data)
    }
  }

  @Test func twoThousandBundlesWhoseBytesAreDamaged() throws {
    let content = try MadeBundle.bundle().document
    try run(least: 0.9) {
      Damage.of(MadeBundle.zip, &$0)
    } read: {
      let found = try all($0)
      #expect(found == content)
    }
  }

  @Test func twoThousandBundlesWhoseBundleJsonSaysAnotherThing() throws {
    let content = try MadeBundle.bundle().document
    try run(least: 0.6) {
      try MadeBundle.zipOf(DocumentDamage.of(content, &$0))
    } read: {
      _ = try all($0)
    }
  }

  @Test func twoThousandBundlesWhoseBundleJsonIsDamagedByteByByte() throws {
    let text = try #require(MadeBundle.files[OpenBundle.name])
    try run(least: 0.7) { chance in
      let damaged = Damage.of(text, &chance)
      return try ArchiveWriter.write(MadeBundle.files.merging([OpenBundle.name: damaged]) { $1 })
    } read: {
      _ = try all($0)
    }
  }

  @Test func twoThousandDamagedManifests() throws {
    let bundle = try MadeBundle.bundle()
    let document = try JsonReader.read(bundle.read(bundle.content.artifacts[0].manifest)).table!
    try run(least: 0.5) {
      JsonWriter.bytes(.table(DocumentDamage.of(document, &$0)))
    } read: {
      _ = try ManifestReader.read($0)
    }
  }

  @Test func twoThousandManifestsWhoseBytesAreDamaged() throws {
    let bundle = try MadeBundle.bundle()
    let whole = try bundle.read(bundle.content.artifacts[0].manifest)
    try run(least: 0.5) {
      Damage.of(whole, &$0)
    } read: {
      _ = try ManifestReader.read($0)
    }
  }

  @Test func twoThousandRecordsWhoseBytesAreDamaged() throws {
    let whole = Array(try RecordReader.sealed(RecordJson.of(Made.document())).utf8)
    let document = try RecordReader.read(whole)
    try run(least: 0.9) {
      Damage.of(whole, &$0)
    } read: {
      let found = try RecordReader.read($0)
      #expect(found == document)
    }
  }

  @Test func twoThousandRecordsThatSayAnotherThingSealedAnew() throws {
    let document = try RecordReader.read(Array(RecordReader.sealed(RecordJson.of(Made.document())).utf8))
    try run(least: 0.6) { chance in
      let changed = DocumentDamage.of(document, &chance)
      return Array(Seal.sealed(changed, version: changed["schema_version"]?.text ?? "").utf8)
    } read: {
      _ = try RecordReader.read($0)
    }
  }

  @Test func whatWouldTakeAllMemoryIsRefusedBeforeItDoes() {
    expectRefused("truncated") {
      _ = try ClassMapFile.decode(Array("PSCM".utf8) + [1, 0x10, 0x27, 0, 0, 0x10, 0x27, 0, 0, 1, 1])
    }
    expectRefused("not-json") {
      _ = try ManifestReader.read([UInt8](repeating: UInt8(ascii: "1"), count: 5000))
    }
  }

  @Test(arguments: FileCheck.kinds)
  func everyKindOfFileIsCheckedByItsName(_ kind: String) throws {
    #expect(try !["read", "no-such-kind"].contains(FileCheck.check(kind: kind, source: ArraySource([]))))
    #expect(try FileCheck.check(kind: kind + "x", source: ArraySource([])) == "no-such-kind")
  }

  @Test(arguments: FileCheck.kinds)
  func noMoreIsReadOfAFileThanItsKindMayHave(_ kind: String) throws {
    let endless = Endless()
    #expect(try FileCheck.check(kind: kind, source: endless) != "read")
    #expect(endless.mostBytes < 210_000_000)
  }

  /// Read all of a bundle that an app does.
  private func all(_ zip: [UInt8]) throws -> JsonObject {
    let bundle = try OpenBundle.open(ArraySource(zip))
    try bundle.verify()
    for place in bundle.content.artifacts.indices { _ = try bundle.manifest(place) }
    return bundle.document
  }

  /// Damage and read 2,000 files.
  private func run(
    least: Double, damaged: (inout Chance) throws -> [UInt8], read: ([UInt8]) throws -> Void
  ) throws {
    let count = 2000
    var refused = 0
    for seed in 0..<count {
      var chance = Chance(seed: seed)
      let data = try damaged(&chance)
      do {
        try read(data)
      } catch let error as Refused {
        #expect(!error.message.isEmpty && error.message.unicodeScalars.count <= 300)
        refused += 1
      } catch {
        Issue.record("seed \(seed): an error without a name: \(error)")
      }
    }
    #expect(Double(refused) >= least * Double(count), "only \(refused) of \(count) were refused")
  }
}

/// A file of blanks, larger than any memory; it keeps how much was asked of it at once.
private final class Endless: Source, @unchecked Sendable {
  let sizeBytes = 1 << 40
  private(set) var mostBytes = 0

  func read(offset: Int, count: Int) throws -> [UInt8] {
    mostBytes = max(mostBytes, count)
    return [UInt8](repeating: 0x20, count: min(count, 1 << 20))
  }

  func close() {}
}
