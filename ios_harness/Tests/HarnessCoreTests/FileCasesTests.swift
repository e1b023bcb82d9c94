import Testing

@testable import HarnessCore

/// Files of the contract: every case of runs, archives, manifests and bundles.
@Suite struct FileCasesTests {
  @Test(arguments: Cases.each("runs"))
  func aMapHasOneFileAndTheFileOneMap(_ one: Case) throws {
    let data = try Cases.array(one.table.table("runs")).data
    Cases.expect(try ClassMapFile.decode(data), one.table, "map")
    #expect(ClassMapFile.encode(try Cases.array(one.table.table("map")).classMap()) == data)
  }

  @Test(arguments: Cases.each("runs", "refused"))
  func aDamagedMapIsRefusedForItsReason(_ one: Case) {
    Cases.expectRefused(one.table.text("error")) {
      _ = try ClassMapFile.decode(Cases.unhex(one.table.text("bytes")))
    }
  }

  @Test(arguments: Cases.each("archives"))
  func filesHaveOneZipAndTheZipItsFiles(_ one: Case) throws {
    let data = try Cases.array(one.table.table("bytes")).data
    let said = one.table.table("files")
    let files = Dictionary(uniqueKeysWithValues: said.names.map { ($0, Cases.unhex(said.text($0))) })
    #expect(try MadeBundle.unzipped(data) == files)
    #expect(try ArchiveWriter.write(files) == data || !one.table.bool("written"))
    #expect(try ArchiveWriter.write(files) != data || one.table.bool("written"))
  }

  @Test(arguments: Cases.each("archives", "refused"))
  func anyOtherZipIsRefusedForItsReason(_ one: Case) throws {
    let data = try Cases.array(one.table.table("bytes")).data
    Cases.expectRefused(one.table.text("error")) { _ = try MadeBundle.unzipped(data) }
    #expect(FileCheck.check(kind: "archives", data: data) == one.table.text("error"))
  }

  @Test(arguments: Cases.each("manifests"))
  func aValidManifestIsRead(_ one: Case) throws {
    let manifest = one.table.table("manifest")
    let found = try ManifestReader.read(JsonWriter.bytes(.table(manifest)))
    #expect(found.classes.elementsEqual(manifest.texts("classes"), by: Texts.areSame))
    #expect(found.inputs.map(\.shape) == manifest.tables("inputs").map { $0.ints("shape") })
    #expect(found.outputs.map(\.dtype) == manifest.tables("outputs").map { $0.text("dtype") })
  }

  @Test(arguments: Cases.each("manifests", "refused"))
  func aDamagedManifestIsRefusedForItsReason(_ one: Case) throws {
    let data =
      try one.table.textOrNil("bytes").map(Cases.unhex) ?? JsonWriter.bytes(#require(one.table["manifest"]))
    Cases.expectRefused(one.table.text("error")) { _ = try ManifestReader.read(data) }
  }

  @Test(arguments: Cases.each("bundles"))
  func aBundleHoldsWhatItSays(_ one: Case) throws {
    let bundle = try OpenBundle.open(ArraySource(Cases.array(one.table.table("zip")).data))
    try bundle.verify()
    #expect(bundle.sha256 == one.table.text("sha256"))
    var known = one.table.table("bundle")
    known["wishes"] = nil
    #expect(bundle.document == known)
    let given = bundle.content.inputs[0]
    let photos = try bundle.content.photos.indices.flatMap { try bundle.photo(0, $0).rgb }
    let shape = [bundle.content.photos.count, given.heightPx, given.widthPx, 3]
    Cases.expect(CaseArray(dtype: "uint8", shape: shape, data: photos), one.table, "inputs")
    Cases.expect(try bundle.classMap(try #require(bundle.content.photos[0].label), 0), one.table, "label")
    let maps = one.table.table("maps")
    for name in maps.names {
      let found = try bundle.classMap(name, try photo(name, bundle.content))
      Cases.expect(found, JsonObject(["is": .table(maps.table(name))]))
    }
    for place in bundle.content.artifacts.indices {
      #expect(try bundle.manifest(place).sha256 == bundle.content.artifacts[place].sha256)
    }
  }

  @Test(arguments: Cases.each("bundles", "refused"))
  func aDamagedBundleIsRefusedForItsReason(_ one: Case) throws {
    guard let zip = one.table["zip"]?.table else {
      let document = try #require(one.table["bundle"])
      return Cases.expectRefused(one.table.text("error")) { _ = try OpenBundle.checked(document) }
    }
    let data = try Cases.array(zip).data
    Cases.expectRefused(one.table.text("error")) {
      let bundle = try OpenBundle.open(ArraySource(data))
      try bundle.verify()
      for place in bundle.content.artifacts.indices { _ = try bundle.manifest(place) }
    }
  }

  @Test(arguments: ["runs", "archives", "manifests", "bundles", "records"])
  func eachErrorOfTheContractHasACaseAndANameHere(_ name: String) {
    let faults: [String: [String]] = [
      "runs": ClassMapFault.allCases.map(\.code),
      "archives": ArchiveFault.allCases.map(\.code),
      "manifests": ManifestFault.allCases.map(\.code),
      "bundles": BundleFault.allCases.map(\.code),
      "records": RecordFault.allCases.map(\.code),
    ]
    let said = Set(Cases.of(name).table("errors").names)
    #expect(said.subtracting(faults[name] ?? []) == [])
    #expect(said == Set(Cases.of(name).tables("refused").map { $0.text("error") }))
  }

  private func photo(_ name: String, _ content: BundleContent) throws -> Int {
    let lists = content.golden.flatMap { [$0.maps, $0.networkMaps ?? []] } + [content.photos.map { $0.label ?? "" }]
    return try #require(lists.compactMap { $0.firstIndex(of: name) }.first)
  }
}
