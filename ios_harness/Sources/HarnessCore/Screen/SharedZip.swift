import Foundation

/// Packs a job's results for whom they are shared with: unpacked, they are the folder that `device import` takes.
public enum SharedZip {
  /// The most that is packed: a job's records and class maps are far below it.
  static let mostBytes = 1 << 30

  /// Write the zip of a job's folder to a file. Throws `StorageRefused`.
  public static func write(job: String, jobs: URL, to file: URL) throws {
    guard Hashes.isId(job) else { throw StorageRefused(.badName, "a job's id has 32 hex digits") }
    let folder = jobs.appendingPathComponent(job)
    var zip = StoredZip()
    for name in names(in: folder) {
      guard let data = try SmallFile.read(folder.appendingPathComponent(name), mostBytes: mostBytes) else { continue }
      guard zip.bytes.count + data.count < mostBytes else {
        throw StorageRefused(.cannotWrite, "the results are too large for one zip; take them from the Files app")
      }
      zip.add("\(job)/\(name)", data)
    }
    try AtomicFile.write(to: file, data: zip.finished())
  }

  /// Records, progress and maps that are whole, sorted; nothing else that may lie there.
  static func names(in folder: URL) -> [String] {
    let names = list(folder) + list(folder.appendingPathComponent("maps")).map { "maps/" + $0 }
    return names.filter { $0.hasSuffix(".json") || $0.hasSuffix(".runs") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func list(_ folder: URL) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }
}
