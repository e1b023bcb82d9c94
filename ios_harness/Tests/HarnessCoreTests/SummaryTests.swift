import Testing

@testable import HarnessCore

/// What screens read of records.
@Suite struct SummaryTests {
  private func summary(_ document: RecordDocument) throws -> RecordSummary {
    RecordSummary.of(try RecordReader.read(Array(try document.sealed().utf8)))
  }

  @Test func aRecordsTableRowSaysWhatTheRecordSays() throws {
    let document = Made.document(turns: 12, runs: 8)
    let row = try summary(document)
    #expect(row.file == document.artifact.file)
    #expect(row.p50Ms == document.statistics?.p50Ms)
    #expect(row.p50LowMs == document.statistics?.p50LowMs)
    #expect(row.endToEndMs == 30.5)
    #expect(row.verdict == document.verdict?.kind)
    #expect(row.verdictReasons == document.verdict?.reasons)
    #expect([row.compileMs, row.coldMs, row.warmMs] == [1_250.5, 512.25, 20.5])
    #expect(row.peakBytes == 50_000_000)
    #expect(row.golden == "passed")
    #expect(row.leastAgreement == 1)
    #expect(row.runtime == "coreml")
  }

  @Test func aRunOfFewTurnsShowsTheMedianOfAll() throws {
    var document = Made.document(turns: 1, runs: 1)
    document.statistics?.p50Ms = nil
    #expect(try summary(document).p50Ms == 8.25)
  }

  @Test func aRunThatFailedHasAReasonAndNoFigures() throws {
    let row = try summary(Made.failed("loading: out of memory"))
    #expect(row.status == "failed")
    #expect(row.reason == "loading: out of memory")
    #expect([row.p50Ms, row.leastAgreement] == [nil, nil])
    #expect(row.verdict == nil)
  }
}
