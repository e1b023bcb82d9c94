import Foundation

/// What the parts of a job that runs share.
struct JobSetup {
  var request: JobRequest
  var bundle: OpenBundle
  var results: Results
  var work: URL
  var bestKept: BestKept
  var launcher: any Launcher
  var device: any Device
  var process: ThisProcess
  var clock: any Clock
  var effort: JobEffort
  var said: Said
  var steps: (Steps) -> Void
  var isCancelled: () -> Bool

  var job: Job { bundle.content.job }

  /// Where files of the bundle lie unpacked, and what runtimes make of them. Both take room and can be had again.
  var unpacked: URL { work.appendingPathComponent("files") }
  var made: URL { work.appendingPathComponent("made") }
}
