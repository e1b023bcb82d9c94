import Foundation

/// What a person can start with a bundle: a job of a new id, or one that an earlier start of the app left in the middle.
public enum JobOffer: Equatable, Sendable {
  case new(job: String)
  case goesOn(Progress)

  /// The job's id.
  public var job: String {
    switch self {
    case .new(let job): job
    case .goesOn(let progress): progress.job
    }
  }

  /// Offer the last job of a bundle where it can go on, else a new one. `sha256`: the bundle's hash.
  public static func of(bundle sha256: String, places: JobPlaces) -> JobOffer {
    let last = ProgressReader.all(places.results, bundle: sha256).first
    if let last, last.state == .running, isLeft(last.job, places) { return .goesOn(last) }
    return .new(job: JobId.draw())
  }

  private static func isLeft(_ job: String, _ places: JobPlaces) -> Bool {
    FileManager.default.fileExists(atPath: places.work.appendingPathComponent(job).path)
  }
}
