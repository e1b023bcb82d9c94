import Foundation
import Testing

@testable import HarnessCore

/// Records that are made here: read again, and refused where they say too little.
@Suite struct RecordTests {
  @Test func recordsOfEveryKindAreReadAgainAndLeftForPythonToRead() throws {
    let folder = Left.emptied("records")
    let made: [(name: String, document: RecordDocument)] = [
      ("ok", Made.document()),
      ("many", Made.document(turns: 40, runs: 20)),
      ("few", Made.document(turns: 1, runs: 1)),
      ("failed", Made.failed("loading: out of memory at line two")),
      ("refused", Made.failed("gpu was asked; the file has operations that it does not know", status: "refused")),
    ]
    for (name, document) in made {
      let text = try document.sealed()
      let said = try RecordReader.read(Array(text.utf8))
      #expect(Texts.areSame(JsonWriter.write(said), text))
      #expect(said.names.prefix(4) == ["schema_version", "seal", "kind", "status"])
      #expect(said.text("schema_version") == "1.4")
      #expect(said.text("kind") == "ios")
      try AtomicFile.write(to: folder.appendingPathComponent("\(name).json"), text: text + "\n")
    }
  }

  @Test func whatIsNewInThisVersionIsThere() throws {
    let said = try RecordReader.read(Array(try Made.document().sealed().utf8))
    #expect(said.table("load").double("compile_ms") == 1_250.5)
    #expect(said.table("accelerator").table("planned") == ["cpu": 3, "gpu": 0, "npu": 63])
    var document = Made.document()
    document.load?.compileMs = nil
    document.accelerator?.planned = nil
    let other = try RecordReader.read(Array(try document.sealed().utf8))
    #expect(other.table("load")["compile_ms"] == .null)
    #expect(other.table("unknown").textOrNil("/accelerator/planned") != nil)
  }

  @Test(arguments: MadeParts.unknown.keys.sorted())
  func aNullWithoutAReasonIsRefusedBeforeItIsWritten(_ name: String) {
    var document = Made.document()
    document.unknown[name] = nil
    #expect(refusal { try document.sealed() } == "null")
  }

  @Test(arguments: [nil, [], [4], [4, 5, 7]] as [[Int]?])
  func frequenciesOfOtherCoresThanATurnWasSeenOnAreRefused(_ cores: [Int]?) {
    var document = Made.document()
    document.turns[0].device?.cores = cores
    document.unknown["/turns/*/device/cores"] = "its threads were gone"
    #expect(refusal { try document.sealed() } == "samples")
  }

  @Test func aDeviceThatWasNotLookedAtInTurnsIsNotInTheRecord() throws {
    var document = Made.document()
    for place in document.turns.indices { document.turns[place].device = nil }
    document.runtime.desktopVersion = nil
    let said = try RecordReader.read(Array(try document.sealed().utf8))
    #expect(said.tables("turns").allSatisfy { $0["device"] == nil })
    #expect(said.table("runtime")["desktop_version"] == .null)
  }

  @Test func aNumberThatLosesDigitsElsewhereIsRefused() throws {
    var document = Made.document()
    document.run.seed = (1 << 53) - 1
    _ = try document.sealed()
    for seed in [(1 << 53) + 1, .max] {
      document.run.seed = seed
      #expect(refusal { try document.sealed() } == "out-of-bounds")
    }
  }

  @Test func aChangeOfOneByteBreaksTheSealOrTheText() throws {
    let data = Array(try Made.document().sealed().utf8)
    for place in stride(from: 0, to: data.count, by: 97) {
      var changed = data
      changed[place] ^= 1
      #expect(throws: RecordRefused.self) { try RecordReader.read(changed) }
    }
  }

  @Test func aReasonOfManyLinesIsWrittenAsOneThatPrints() throws {
    var document = Made.document()
    document.unknown["/device/soc"] = "a\nb\u{2028}" + String(repeating: "ü", count: 5_000)
    let said = try RecordReader.read(Array(try document.sealed().utf8))
    let reason = said.table("unknown").text("/device/soc")
    #expect(reason.hasPrefix("a b?ü") && reason.unicodeScalars.count == 4_096)
  }

  @Test func aRecordOfAnotherVersionSaysWhatToDo() throws {
    for (version, advice) in [("2.0", "update this app"), ("0.9", "measure anew")] {
      let text = try Made.document().sealed().replacingOccurrences(of: "\"1.4\"", with: "\"\(version)\"")
      #expect {
        try RecordReader.read(Array(text.utf8))
      } throws: {
        ($0 as? RecordRefused)?.message.contains(advice) == true
      }
    }
  }
}
