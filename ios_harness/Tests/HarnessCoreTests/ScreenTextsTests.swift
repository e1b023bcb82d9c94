import Foundation
import Testing

@testable import HarnessCore

/// What screens write of numbers, states and reasons.
@Suite struct ScreenTextsTests {
  @Test(arguments: [
    (0.4, "0.40 ms"), (9.996, "10.00 ms"), (12.34, "12.3 ms"), (999.96, "1000.0 ms"), (1234.5, "1234 ms"),
  ])
  func aTimeHasThreeDigitsAtTheLeast(_ value: Double, _ text: String) { #expect(Figures.ms(value) == text) }

  @Test(arguments: [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1_500_000, "1.5 MB"), (2_340_000_000, "2.34 GB")])
  func aSizeIsInUnitsOfTen(_ value: Int, _ text: String) { #expect(Figures.bytes(value) == text) }

  @Test func aShareBelowTheWholeIsNeverShownAsTheWhole() {
    #expect(Figures.percent(0.999999) == "99.99 %")
    #expect(Figures.percent(1) == "100.00 %")
    #expect(Figures.percent(0) == "0.00 %")
  }

  @Test func aMomentIsShownToTheMinuteAndWhatIsNoneStaysAsItIs() {
    #expect(Figures.moment("2026-01-02T03:04:05.678Z") == "2026-01-02 03:04 UTC")
    #expect(Figures.moment("soon") == "soon")
  }

  @Test func whatWasAskedOfCoreMLIsSaidToBeAllowedAndNotToHaveRun() {
    #expect(RunText.asked("npu") == "Neural Engine and CPU allowed")
    #expect(RunText.asked("gpu") == "GPU and CPU allowed")
    #expect(RunText.of(nil, threads: nil) == "not known")
    #expect(RunText.of("cpu", threads: 4) == "CPU, 4 threads")
    #expect(RunText.of("cpu", threads: 1) == "CPU, 1 thread")
    #expect(RunText.of("cpu", threads: 0) == "CPU")
  }

  private func progress(_ state: JobState, run: Int = 0, runs: Int = 3, reason: String? = nil) -> JobProgress {
    JobProgress(
      job: Made.job, bundle: String(repeating: "a", count: 64), state: state, run: run, runs: runs, phase: "",
      reason: reason, at: "2026-01-02T03:04:05.678Z")
  }

  @Test func aJobsStateIsSaidInALineWithItsSign() {
    #expect(StateText.of(progress(.running, runs: 0)) == "Checking the bundle")
    #expect(StateText.of(progress(.running, run: 1)) == "Run 2 of 3 is under way")
    #expect(StateText.of(progress(.finished)) == "Finished, all 3 runs")
    #expect(StateText.of(progress(.failed, run: 7)) == "Ended early, at run 3 of 3")
    #expect(StateText.mark(progress(.running)) == .waiting)
    #expect(StateText.mark(progress(.refused)) == .bad)
    #expect(StateText.mark(progress(.finished)) == .good)
  }

  @Test func aJobOfWhichAPartWasAskedIsDoneAndGivesNoReason() {
    let part = progress(.failed, reason: AskedPart(asked: 1, runs: 3).sentence)
    #expect(StateText.of(part) == "Done: 1 of 3 files was asked for")
    #expect(StateText.mark(part) == .good)
    #expect(StateText.reason(part).isEmpty)
    #expect(StateText.reason(progress(.failed, reason: "it was cancelled")) == "it was cancelled")
  }

  @Test func aReasonIsPlainFirstAndExactAfterwards() {
    let other = BundleRefused(.otherVersion, "bundle.json is of version 2.0")
    #expect(PlainReason.of(other).hasPrefix("This bundle is of another version. Update the app or the computer. ("))
    #expect(PlainReason.of(other).hasSuffix("(bundle.json is of version 2.0)"))
    #expect(PlainReason.of(ArchiveRefused(.wrongCrc, "x")).hasPrefix("This is no bundle of PocketSeg"))
    #expect(PlainReason.of(BundleRefused(.fileHash, "x")).hasPrefix("This bundle is damaged"))
    #expect(PlainReason.of(CannotRun("it is too hot")) == "it is too hot")
  }

  @Test(arguments: [
    ("Street photos", "pocketseg-Street-photos-fedcba98.zip"), ("../../etc", "pocketseg-etc-fedcba98.zip"),
    ("Straße – ü", "pocketseg-Stra-e-fedcba98.zip"), ("写真", "pocketseg-fedcba98.zip"),
  ])
  func aSharedFilesNameIsOfPlainLetters(_ bundle: String, _ name: String) {
    #expect(ShareNames.results(bundle: bundle, job: Made.job) == name)
    #expect(ShareNames.results(bundle: String(repeating: "a", count: 500), job: Made.job).utf8.count < 80)
    #expect(ShareNames.results(bundle: nil, job: Made.job) == "pocketseg-fedcba98.zip")
  }
}
