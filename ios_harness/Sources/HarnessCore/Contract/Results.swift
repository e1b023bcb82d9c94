// The folder of a job's results.

import Foundation

/// The folder of a job's results, in which whatever is there is whole; docs/bundle.md, "Results".
public struct Results: Sendable {
  /// `root/JOB`.
  public let folder: URL

  /// Throws `StorageRefused` for a job whose id is none; nothing is made yet.
  public init(_ root: URL, job: String) throws {
    guard Hashes.isId(job) else { throw StorageRefused(.badName, "a job's id has 32 hex digits") }
    folder = root.appendingPathComponent(job, isDirectory: true)
  }

  /// Say how far the job is; replaces what was said before. Throws `StorageRefused`.
  public func write(_ progress: Progress) throws {
    try AtomicFile.write(to: folder.appendingPathComponent("progress.json"), text: progress.toJson() + "\n")
  }

  /// Keep a class map; return its hash, which names it. Throws `StorageRefused`.
  @discardableResult
  public func add(_ map: ClassMap) throws -> String {
    let data = ClassMapFile.encode(map)
    let name = Hashes.sha256(data)
    let file = folder.appendingPathComponent("maps/\(name).runs")
    if !FileManager.default.fileExists(atPath: file.path) { try AtomicFile.write(to: file, data: data) }
    return name
  }

  /// Keep the sealed record of a run, after its maps; one that is there is never replaced. Throws `StorageRefused`.
  @discardableResult
  public func addRecord(_ run: Int, _ sealed: String) throws -> URL {
    guard run >= 0 else { throw StorageRefused(.badName, "a run's place is 0 or more") }
    let file = folder.appendingPathComponent("\(run).json")
    if FileManager.default.fileExists(atPath: file.path) {
      throw StorageRefused(.alreadyThere, "the record of run \(run) is there")
    }
    try AtomicFile.write(to: file, text: sealed + "\n")
    return file
  }
}
