import Testing

@testable import HarnessCore

/// Names in a bundle: by bytes, never by how they look.
@Suite struct NamesTests {
  @Test(arguments: [
    ("\u{FC}", "name-not-ascii"), ("u\u{308}", "name-not-ascii"), ("a\\b", "name-backslash"), ("\\", "name-backslash"),
    ("/a", "name-absolute"), ("a/", "name-folder"), ("a//b", "name-dots"), ("a/../b", "name-dots"), ("", "name-dots"),
    ("a/.", "name-dots"), ("a b", "name-characters"), (".a", "name-characters"), ("a.", "name-characters"),
    ("a\r\nb", "name-characters"), ("-a", "name-characters"), ("a\0", "name-characters"), ("C:a", "name-characters"),
    (String(repeating: "a", count: 65), "name-too-long"), ("a/a/a/a/a/a/a/a/a", "name-too-long"),
  ])
  func aNameThatMayBeNoneIsRefusedForItsReason(_ name: String, _ code: String) {
    #expect(ArchiveNames.fault(name)?.code == code)
    expectRefused(code) { _ = try ArchiveWriter.write([name: []]) }
  }

  @Test(arguments: ["a", "_a-b.c", "A/b/0.runs", String(repeating: "a", count: 64)])
  func anyOtherNameIsTaken(_ name: String) throws {
    #expect(try MadeBundle.unzipped(ArchiveWriter.write([name: [1]])) == [name: [1]])
  }

  @Test(arguments: [["a", "A"], ["a", "a/b"], ["A/b", "a"], ["a/b/c", "a/B"]])
  func twoNamesThatAreOneOnAPhoneAreRefused(_ names: [String]) {
    expectRefused("same-name") {
      _ = try ArchiveWriter.write(Dictionary(uniqueKeysWithValues: names.map { ($0, []) }))
    }
  }

  @Test(arguments: [["\u{FC}"], ["u\u{308}"], ["u\u{308}", "\u{FC}"], ["a\\b"], ["inputs\\x"]])
  func aBundleThatListsANameOfNoAsciiIsRefused(_ names: [String]) throws {
    var content = try MadeBundle.bundle().document
    let files = content.tables("files").map { JsonValue.table($0) }
    let more = names.map { name -> JsonValue in
      .table(JsonObject(["name": .of(name), "sha256": .of(Hashes.sha256([])), "size_bytes": 0]))
    }
    content["files"] = .list(files + more)
    do {
      _ = try OpenBundle.checked(.table(content))
      Issue.record("it was read")
    } catch let error as BundleRefused {
      #expect(["name", "bad-value", "not-sorted"].contains(error.fault.code))
    }
  }

  @Test func classesThatLookAlikeAreTwoAndMustBeThoseOfTheManifest() throws {
    let manifest = try #require(MadeBundle.files[MadeBundle.bundle().content.artifacts[0].manifest])
    var document = try #require(try JsonReader.read(manifest).table)
    var classes = document.texts("classes")
    classes[1] = "u\u{308}"
    classes[2] = "\u{FC}"
    document["classes"] = .of(classes)
    let found = try ManifestReader.read(JsonWriter.bytes(.table(document)))
    #expect(found.classes[1].utf8.count == 3 && found.classes[2].utf8.count == 2)
    classes[1] = classes[2]
    document["classes"] = .of(classes)
    expectRefused("classes") { _ = try ManifestReader.read(JsonWriter.bytes(.table(document))) }
  }
}
