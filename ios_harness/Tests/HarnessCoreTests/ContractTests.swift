import HarnessCases
import Testing

@testable import HarnessCore

/// Every case of method.json and records.json, each a test of its own.
@Suite struct ContractTests {
  @Test(arguments: cases(of: "method"))
  func aFigureOrVerdictIsTheOneOfTheMethod(_ one: ConformanceCase) { expectEqual(one) }

  @Test(arguments: cases(of: "records"))
  func aRecordIsReadToItsValueOrRefusedByName(_ one: ConformanceCase) { expectEqual(one) }

  @Test func everyErrorOfARecordIsOneThatThisReaderKnows() throws {
    let data = try CaseFolder(casesFolder).bytes("records.json")
    let errors = try #require(try JsonReader.read(data).table).table("errors").names
    #expect(Set(errors) == Set(RecordFault.allCases.map(\.code)))
  }
}
