import Testing

@testable import HarnessCore

/// Schemas: each keyword, by values that hold and values that do not.
@Suite struct SchemaTests {
  @Test(arguments: [
    ("{\"type\": \"integer\"}", "1", "1.0"), ("{\"type\": [\"null\", \"text\", \"string\"]}", "null", "1"),
    ("{\"type\": \"number\"}", "1.5", "true"), ("{\"type\": \"object\"}", "{}", "[]"),
    ("{\"enum\": [\"a\", 2]}", "2.0", "\"b\""), ("{\"const\": \"\u{FC}\"}", "\"\u{FC}\"", "\"u\u{308}\""),
    ("{\"pattern\": \"^a$\"}", "\"a\"", "\"a\\n\""), ("{\"pattern\": \"^[^x]$\"}", "\"\u{1F4F1}\"", "\"\\ud83d\""),
    ("{\"minimum\": 1}", "1", "0.5"), ("{\"maximum\": 1}", "1", "1e999"), ("{\"exclusiveMinimum\": 0}", "0.1", "0"),
    ("{\"minLength\": 2}", "\"u\u{308}\"", "\"\u{1F4F1}\""), ("{\"maxLength\": 1}", "\"\u{1F4F1}\"", "\"u\u{308}\""),
    ("{\"minItems\": 1}", "[0]", "[]"), ("{\"maxItems\": 1}", "[0]", "[0,0]"),
    ("{\"maxProperties\": 0}", "{}", "{\"a\":1}"),
    ("{\"uniqueItems\": true}", "[1, [1], \"\u{FC}\", \"u\u{308}\"]", "[{\"a\": 1, \"b\": 2}, {\"b\": 2.0, \"a\": 1}]"),
    ("{\"required\": [\"a\"]}", "{\"a\": null}", "{\"b\": 1}"),
    ("{\"items\": {\"minimum\": 1}}", "[1, \"a\"]", "[1, 0]"),
    ("{\"additionalProperties\": false, \"properties\": {\"a\": {}}}", "{\"a\": 1}", "{\"b\": 1}"),
    ("{\"additionalProperties\": {\"minimum\": 1}}", "{\"a\": 1}", "{\"a\": 0}"),
    ("{\"propertyNames\": {\"pattern\": \"^[^x]$\"}}", "{\"\u{FFFD}\": 1}", "{\"\\ud83d\": 1}"),
    ("{\"anyOf\": [{\"minimum\": 5}, {\"maximum\": 1}]}", "0", "3"),
    ("{\"$ref\": \"#/$defs/a\", \"$defs\": {\"a\": {\"minimum\": 5}}}", "5", "3"),
  ])
  func aKeywordTakesWhatItAsksForAndNothingElse(_ schema: String, _ good: String, _ bad: String) throws {
    #expect(Schema(schema).fault(try JsonReader.read(good)) == nil)
    #expect(Schema(schema).fault(try JsonReader.read(bad)) != nil)
  }

  @Test func aFaultSaysWhereItIs() throws {
    let schema = Schema("{\"properties\": {\"a/b\": {\"items\": {\"properties\": {\"~\": {\"type\": \"null\"}}}}}}")
    let found = schema.fault(try JsonReader.read("{\"a/b\": [{}, {\"~\": 1}]}"))
    #expect(found?.pointer == "/a~1b/1/~0")
    #expect(found?.keyword == "type")
  }

  @Test func whatIsNotNamedIsLeftOutAtEveryLevel() throws {
    let schema = Schema("{\"properties\": {\"a\": {\"items\": {\"properties\": {\"b\": {}}}}, \"c\": {}}}")
    let table = try JsonReader.read("{\"a\": [{\"b\": 1, \"x\": 2}], \"x\": 3, \"c\": {\"x\": 4}}").table!
    #expect(JsonWriter.write(schema.knownPart(table)) == "{\"a\":[{\"b\":1}],\"c\":{\"x\":4}}")
  }

  @Test func itsKeywordsAreLookedAtInItsOrder() throws {
    let one = Schema("{\"minimum\": 5, \"type\": \"integer\"}")
    let other = Schema("{\"type\": \"integer\", \"minimum\": 5}")
    #expect(one.fault(try JsonReader.read("1.5"))?.keyword == "minimum")
    #expect(other.fault(try JsonReader.read("1.5"))?.keyword == "type")
  }

  @Test func aLongTextIsHeldAgainstEveryPattern() throws {
    for sign in ["x", "/", "/x", "\u{1F4F1}"] {
      let text = JsonValue.of(String(repeating: sign, count: 300_000))
      var table = JsonObject(["name": text, "file": text, "schema_version": 2])
      table["classes"] = .list([text])
      #expect(Schema.manifest.fault(.table(table)) != nil)
      #expect(Schema.bundle.fault(.table(table)) != nil)
      #expect(Schema.record.fault(.table(table)) != nil)
    }
  }
}
