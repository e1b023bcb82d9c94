import Foundation

/// `interrupted.json` in a job's work folder: it lies there while the app is not in front; see `Lifecycle`.
///
/// The driver that goes on with the job looks for it and removes it, before it runs anything.
public struct InterruptedMark: Sendable {
  private let file: URL

  /// `work`: the folder of `JobPlaces`.
  public init(work: URL, job: String) {
    file = work.appendingPathComponent(job).appendingPathComponent("interrupted.json")
  }

  public var isThere: Bool { FileManager.default.fileExists(atPath: file.path) }

  /// Write it; a mark that cannot be written is none, as the app is about to be stopped and nobody can be told.
  public func write() {
    try? FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? Data("{}".utf8).write(to: file)
  }

  public func remove() { try? FileManager.default.removeItem(at: file) }
}
