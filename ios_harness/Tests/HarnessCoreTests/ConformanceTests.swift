import Foundation
import HarnessCases
import Testing

/// The checkout's cases.
let casesFolder =
  URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../conformance/cases").standardizedFileURL
let allCases = CaseSets(casesFolder)

func cases(of sets: String...) -> [ConformanceCase] {
  sets.flatMap { set in
    do {
      return try allCases.cases(of: set)
    } catch {
      Issue.record(error)
      return []
    }
  }
}

func expectEqual(_ one: ConformanceCase) {
  switch allCases.outcome(of: one) {
  case .equal: break
  case .skipped(let why): print("\(one): skipped, \(why)")
  case .differs(let what): Issue.record("\(one): \(what)")
  }
}

/// Every case of conformance/cases, each a test of its own.
@Suite struct ConformanceTests {
  @Test(arguments: cases(of: "preprocessing")) func aPhotoBecomesTheInputsBytes(_ one: ConformanceCase) {
    expectEqual(one)
  }

  @Test(arguments: cases(of: "exif", "camera")) func aPictureStandsUpright(_ one: ConformanceCase) {
    expectEqual(one)
  }

  @Test(arguments: cases(of: "yuv")) func planesBecomeRgb(_ one: ConformanceCase) { expectEqual(one) }

  @Test(arguments: cases(of: "decode")) func aPhotosFileIsDecoded(_ one: ConformanceCase) { expectEqual(one) }

  @Test(arguments: cases(of: "raw_memory")) func rawMemoryBecomesAClassMap(_ one: ConformanceCase) {
    expectEqual(one)
  }

  @Test(arguments: cases(of: "class_maps", "engines")) func outputsComeToThePhotosSize(_ one: ConformanceCase) {
    expectEqual(one)
  }

  @Test(arguments: cases(of: "confusion")) func scoresAreOfOneMatrixWithoutVoid(_ one: ConformanceCase) {
    expectEqual(one)
  }

  @Test(arguments: cases(of: "golden")) func aMapIsNearItsGoldenOneOrNot(_ one: ConformanceCase) {
    expectEqual(one)
  }

  @Test func everySetHasARunnerHere() throws {
    #expect(try allCases.present() == CaseSets.names)
  }
}
