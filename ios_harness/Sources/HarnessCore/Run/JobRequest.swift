import Foundation

/// What is to be run, and who asks.
///
/// `bundle`: its zip. `sha256`: the hash that the app was started with, and `job` the id. `only`: the places of the runs
/// that are wanted; nil: all. `relaunch`: who starts the app again where a fresh process is needed. `launch`: the
/// record's `/program/launch`: `app`, or `test` for whatever is no app on a device. `program`, `version`, `commit`: of
/// the app; nil where it does not know the commit.
public struct JobRequest: Sendable {
  public var bundle: URL
  public var sha256: String
  public var job: String
  public var only: Set<Int>?
  public var relaunch: Relaunch
  public var launch: String
  public var program: String
  public var version: String
  public var commit: String?

  public init(
    bundle: URL,
    sha256: String,
    job: String,
    only: Set<Int>? = nil,
    relaunch: Relaunch,
    launch: String,
    program: String = "dev.pocketseg.harness",
    version: String,
    commit: String?
  ) {
    self.bundle = bundle
    self.sha256 = sha256
    self.job = job
    self.only = only
    self.relaunch = relaunch
    self.launch = launch
    self.program = program
    self.version = version
    self.commit = commit
  }
}

/// Who starts the app again once it has ended itself in the middle of a job.
public enum Relaunch: Sendable {
  /// A computer, with the same job: memory is looked at in a fresh process for each file.
  case byDesktop

  /// A person, if at all: memory is looked at for one file alone.
  case byHand
}

/// Where a job's files lie. All three are kept from job to job.
///
/// `results`: the folder in which the job's folder lies or will lie, for whoever reads the records. `work`: a private one
/// for what steps ask and answer. `best`: the file of the best that the yardstick took on this device.
public struct JobPlaces: Sendable {
  public var results: URL
  public var work: URL
  public var best: URL

  public init(results: URL, work: URL, best: URL) {
    self.results = results
    self.work = work
    self.best = best
  }
}
