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
}
