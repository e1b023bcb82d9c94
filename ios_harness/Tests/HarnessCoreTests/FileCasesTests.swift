import Foundation
import HarnessCases
import Testing

@testable import HarnessCore

/// Files of the contract: every case of runs, archives, manifests and bundles.
@Suite struct FileCasesTests {
  @Test(arguments: cases(of: "runs")) func aMapHasOneFileAndAnyOtherIsRefusedForItsReason(_ one: ConformanceCase) {
    expectEqual(one)
  }

  @Test(arguments: cases(of: "archives")) func filesHaveOneZipAndAnyOtherIsRefused(_ one: ConformanceCase) {
    expectEqual(one)
  }

  @Test(arguments: cases(of: "manifests")) func aManifestIsReadOrRefusedForItsReason(_ one: ConformanceCase) {
    expectEqual(one)
  }

  @Test(arguments: cases(of: "bundles")) func aBundleHoldsWhatItSaysOrIsRefused(_ one: ConformanceCase) {
    expectEqual(one)
  }

  @Test(arguments: [
    ("runs", ClassMapFault.allCases.map(\.code)), ("archives", ArchiveFault.allCases.map(\.code)),
    ("manifests", ManifestFault.allCases.map(\.code)), ("bundles", BundleFault.allCases.map(\.code)),
    ("records", RecordFault.allCases.map(\.code)),
  ])
  func eachErrorOfTheContractHasACaseAndANameHere(_ set: String, _ faults: [String]) throws {
    let document = try MadeBundle.cases(set)
    let said = Set(document.table("errors").names)
    #expect(said.subtracting(faults) == [])
    #expect(said == Set(document.tables("refused").map { $0.text("error") }))
  }
}
