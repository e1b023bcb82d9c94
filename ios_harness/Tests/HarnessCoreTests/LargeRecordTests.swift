import Testing

@testable import HarnessCore

/// Records as large as they may be, and larger.
@Suite struct LargeRecordTests {
  @Test(.timeLimit(.minutes(3)))
  func aRecordOfAMillionRunsIsRead() throws {
    let text = Self.sealed(runs: 1_000)
    #expect(text.utf8.count > 50 << 20 && text.utf8.count <= RecordReader.mostBytes)
    let said = try RecordReader.read(Array(text.utf8))
    #expect(said.table("statistics").int("runs") == 1_000_000)
  }

  @Test(.timeLimit(.minutes(3)))
  func aRunMoreThanAMillionIsRefused() {
    #expect(refusal { try RecordReader.read(Array(Self.sealed(runs: 1_001, samples: [1]).utf8)) } == "out-of-bounds")
  }

  @Test func whatWouldTakeAllMemoryIsRefusedBeforeItDoes() {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
    #expect(refusal { try RecordReader.read(deep) } == "not-json")
    let many = Array(("[" + String(repeating: "0,", count: 6_000_000) + "0]").utf8)
    #expect(refusal { try RecordReader.read(many) } == "not-json")
    let large = [UInt8](repeating: UInt8(ascii: " "), count: RecordReader.mostBytes + 1)
    #expect(refusal { try RecordReader.read(large) } == "out-of-bounds")
  }

  /// A thousand turns of so many runs each; `samples`: their times in turn, by default ones with all their digits.
  private static func sealed(runs: Int, samples: [Double]? = nil) -> String {
    var document = Made.document(turns: 1, runs: 1)
    let times = (0..<runs).map { samples?[$0 % samples!.count] ?? 8.25 + 1 / Double(3 + $0) }
    document.turns[0].executeMs = times
    document.turns[0].atMs = times
    document.turns[0].preMs = times
    document.turns = [Turn](repeating: document.turns[0], count: 1_000)
    document.statistics?.runs = 1_000 * runs
    document.statistics?.turns = 1_000
    return Seal.sealed(RecordJson.of(document), version: RecordReader.version)
  }
}
