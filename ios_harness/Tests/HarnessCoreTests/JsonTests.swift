import Testing

@testable import HarnessCore

/// JSON: what is read, what is refused, and that what is written reads back.
@Suite struct JsonTests {
  @Test(arguments: [
    "", " ", "nul", "NaN", "Infinity", "01", "1.", ".5", "+1", "-", "1e", "1e+", "[1,]", "[1 2]", "{\"a\" 1}", "{a:1}",
    "{\"a\":1,}", "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "1 2", "// a", "'a'", "\u{FEFF}1",
    "[", "{", "{\"a\"", "{\"a\":", "[1", "\u{661}", "tru", "\"\\u",
  ])
  func whatIsNoJsonIsRefused(_ text: String) {
    #expect(throws: NotJson.self) { try JsonReader.read(text) }
  }

  @Test(arguments: [
    [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22], [0xFF], [0x31, 0x80],
  ])
  func bytesThatAreNoUtf8AreRefused(_ data: [UInt8]) {
    #expect(throws: NotJson.self) { try JsonReader.read(data) }
  }

  @Test func aByteOrderMarkIsLeftOut() throws {
    #expect(try JsonReader.read([0xEF, 0xBB, 0xBF, 0x31]) == 1)
    #expect(throws: NotJson.self) { try JsonReader.read([0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF, 0x31]) }
  }

  @Test func itIsReadSixtyFourLevelsDeepAndNoDeeper() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JsonReader.read(nested(64))
    #expect(throws: NotJson.self) { try JsonReader.read(nested(65)) }
    #expect(throws: NotJson.self) { try JsonReader.read(String(repeating: "[", count: 1 << 20)) }
    #expect(throws: NotJson.self) { try JsonReader.read(String(repeating: "{\"a\":", count: 100_000)) }
  }

  @Test(arguments: ["", "-", "0.", "1e"]) func aNumberHasAtMost4300Characters(_ start: String) throws {
    let number = start + String(repeating: "1", count: 4300 - start.utf8.count)
    _ = try JsonReader.read(number)
    #expect(throws: NotJson.self) { try JsonReader.read(number + "1") }
  }

  @Test(arguments: ["-1e400", "[1, {\"b\": 1e999}]", "{\"b\": 1e999, \"b\": 1}"])
  func anInfiniteNumberStaysOneWhereALaterFieldTakesItsPlace(_ first: String) throws {
    #expect(try !JsonReader.read("[{\"a\": \(first), \"a\": 3}]").isFinite)
    #expect(try JsonReader.read("[{\"a\": 1e300, \"a\": 3}]").isFinite)
  }

  @Test func thereAreAtMostFiveMillionValues() {
    let text = "[" + String(repeating: "0,", count: 5_000_000) + "0]"
    #expect(throws: NotJson.self) { try JsonReader.read(Array(text.utf8)) }
  }

  @Test func ofTwoFieldsOfOneNameTheLaterCounts() throws {
    let found = try JsonReader.read("{\"a\": 1, \"b\": 2, \"a\": 3}").table
    #expect(found?["a"] == 3)
    #expect(found?.names == ["a", "b"])
  }

  @Test func namesThatLookAlikeAreTwo() throws {
    let found = try JsonReader.read("{\"\u{FC}\": 1, \"u\u{308}\": 2}").table
    #expect(found?["\u{FC}"] == 1)
    #expect(found?["u\u{308}"] == 2)
    #expect(found?.names.count == 2)
  }

  @Test(arguments: [
    ("\"\\ud83d\\udcf1\"", "\u{1F4F1}", true), ("\"\\ud83d\"", "\u{FFFD}", false), ("\"\\udcf1\"", "\u{FFFD}", false),
    ("\"\\ud83d.\\udcf1\"", "\u{FFFD}.\u{FFFD}", false), ("\"\\ud83d\\ud83d\\udcf1\"", "\u{FFFD}\u{1F4F1}", false),
    ("\"\\ud83d\u{1F4F1}\"", "\u{FFFD}\u{1F4F1}", false), ("\"\\ud83d\\n\"", "\u{FFFD}\n", false),
    ("\"\\u00e4\\/\\\\\\\"\\b\\f\\r\\t\"", "\u{E4}/\\\"\u{8}\u{C}\r\t", true), ("\"\\u0000\"", "\0", true),
    ("\"\u{FFFD}\"", "\u{FFFD}", true), ("\"\\uD83D\\uDCF1\"", "\u{1F4F1}", true),
  ])
  func aPairOfEscapesIsOneSignAndHalfOfOneIsNone(_ json: String, _ text: String, _ isWhole: Bool) throws {
    #expect(try JsonReader.read(json) == .text(JsonText(text, isWhole: isWhole)))
  }

  @Test func aNameOfHalfASignIsToldFromOneThatIsWhole() throws {
    #expect(try JsonReader.read("{\"\\ud83d\": 1}").table?.hasHalfNames == true)
    #expect(try JsonReader.read("{\"\u{FFFD}\": 1}").table?.hasHalfNames == false)
  }

  @Test func numbersAreEqualByValueAndWholeByHowTheyAreWritten() throws {
    #expect(try JsonReader.read("[1.0, 100, 1e400]") == JsonReader.read("[1, 1e2, 2e400]"))
    #expect(!JsonNumber("1.0").isWhole && !JsonNumber("1e2").isWhole && JsonNumber("-7").isWhole)
    #expect(JsonNumber("99999999999999999999").int == nil)
    #expect(JsonNumber("99999999999999999999").nearestInt == .max)
    #expect(JsonNumber("-99999999999999999999").nearestInt == .min)
    #expect(Set<JsonValue>([.number(JsonNumber("0")), .number(JsonNumber("-0.0"))]).count == 1)
  }

  @Test func whatIsWrittenReadsBack() throws {
    let text = "{\"a\\u0001\\\"\\\\\":[1,-2.5e3,true,false,null,{}],\"\u{1F4F1}\u{7F}\":\"\\u001f/\"}"
    #expect(JsonWriter.write(try JsonReader.read(text)) == text)
  }

  @Test func aFieldThatIsTakenAwayLeavesTheOthersInOrder() {
    var table = JsonObject(["a": 1, "b": 2, "c": 3])
    table["a"] = nil
    table["x"] = nil
    table["c"] = 4
    table["d"] = 5
    #expect(JsonWriter.write(table) == "{\"b\":2,\"c\":4,\"d\":5}")
  }

  @Test(arguments: [
    ("1.0", 1, 0), ("1.12", 1, 12), ("9999.0", 9999, 0), ("01.02", 1, 2),
  ])
  func aVersionIsTwoNumbers(_ said: String, _ major: Int, _ minor: Int) {
    #expect(Version(of: JsonObject(["schema_version": .of(said)])) == Version(major: major, minor: minor))
  }

  @Test(arguments: ["", "1", "1.", ".1", "1.0.0", "10000.0", "1.0\n", " 1.0", "1.-0", "\u{661}.0", "1\u{301}.0"])
  func anyOtherVersionIsNone(_ said: String) {
    #expect(Version(of: JsonObject(["schema_version": .of(said)])) == nil)
    #expect(Version(of: JsonObject(["schema_version": 1])) == nil)
  }
}
