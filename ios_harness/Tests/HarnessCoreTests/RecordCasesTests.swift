import Testing

@testable import HarnessCore

/// Every case of records.json: each is read to its value or refused by its error.
@Suite struct RecordCasesTests {
  private static let set = Cases.of("records")

  @Test(arguments: set.tables("cases"))
  func aRecordIsReadToItsValue(_ said: JsonObject) throws {
    #expect(try RecordReader.read(Self.bytes(said)) == said.table("is"))
  }

  @Test(arguments: set.tables("refused"))
  func aDamagedRecordIsRefusedByName(_ said: JsonObject) {
    #expect(refusal { try RecordReader.read(Self.bytes(said)) } == said.text("error"))
  }

  @Test func everyErrorIsOneThatThisReaderKnows() {
    #expect(Set(Self.set.table("errors").names) == Set(RecordFault.allCases.map(\.code)))
  }

  private static func bytes(_ said: JsonObject) -> [UInt8] {
    if let text = said.textOrNil("text") { return Array(text.utf8) }
    let digits = Array(said.text("bytes").utf8)
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)!
    }
  }
}

/// The name of what was refused; nothing else may be thrown.
func refusal(_ act: () throws -> Any?) -> String {
  do {
    _ = try act()
    return "nothing"
  } catch let refused as Refused {
    return refused.fault.code
  } catch {
    return "another error: \(error)"
  }
}
