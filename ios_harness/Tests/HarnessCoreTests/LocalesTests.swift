import Foundation
import Testing

@testable import HarnessCore

/// What is written is the same whatever the phone's language: nothing that writes asks for it.
///
/// Foundation alone knows the language, and Swift's own numbers and texts do not: so no source that writes what leaves
/// the phone may use a formatter of Foundation's.
@Suite struct LocalesTests {
  @Test func numbersMomentsAndSentencesArePlain() {
    let numbers: JsonValue = [1_234_567, .of(0.5), .of(1e-7), .of(12_345.678), .of(-3.0), .of(1e22), .of(-0.0)]
    #expect(JsonWriter.write(numbers) == "[1234567,0.5,1e-07,12345.678,-3,1e+22,0]")
    #expect(Moment.text(1_767_323_045_678) == "2026-01-02T03:04:05.678Z")
    #expect(Decimals.fixed(0.6, places: 2) == "0.60")
    #expect(Decimals.percent(0.125, places: 1) == "12.5%")
    let conditions = Conditions(isBestKnown: true, othersDuring: 0.6, stolen: 0.05, thermal: "serious")
    let found = Statistics(
      runs: 4, turns: 4, undisturbedTurns: 4, p50Ms: 3, p50LowMs: 2, p50HighMs: 4, drift: 0.0625)
    #expect(
      Verdict.of(found, conditions).reasons == [
        "4 turns are too few (5 are needed)",
        "other processes kept 0.60 cores busy",
        "heat slowed it (serious)",
        "the host of this virtual machine took 5.0% of the time",
        "4 of 4 turns were undisturbed (12 are needed)",
        "p50 is known to within 33.3% (3% is asked)",
        "it grew slower by 6.2% while it ran",
      ])
  }

  @Test func digitsOfOtherScriptsAreNone() {
    #expect(!Hashes.isId(String(repeating: "\u{0660}", count: 32)))
    #expect(!Hashes.isId(String(repeating: "\u{FF10}", count: 32)))
    var said = JsonObject()
    for version in ["\u{0661}.\u{0663}", "1.3\u{301}", "1.3\n", " 1.3", "+1.3"] {
      said["schema_version"] = .of(version)
      #expect(Version(of: said) == nil)
    }
  }

  @Test func noSourceOfTheCoreWritesByThePhonesLanguage() throws {
    let sources = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Sources/HarnessCore")
      .standardizedFileURL
    let names = FileManager.default.enumerator(atPath: sources.path)?.allObjects as? [String] ?? []
    let files = names.filter { $0.hasSuffix(".swift") }
    #expect(files.count > 50)
    let banned = [
      "String(format", "DateFormatter", "NumberFormatter", "Locale", "Calendar(", ".formatted(", "localizedStringWith",
      ".lowercased(", ".uppercased(",
    ]
    for file in files {
      let text = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
      for word in banned { #expect(!text.contains(word), "\(file) has \(word)") }
    }
  }
}
