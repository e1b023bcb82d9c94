// Reads what a job said of itself last.

import Foundation

/// Reads what a job said of itself last; docs/bundle.md, "Results".
public enum ProgressReader {
  private static let mostBytes = 1 << 16

  /// What a job's folder says; nil where it says nothing that can be read.
  public static func of(_ folder: URL) -> Progress? {
    guard let file = try? FileHandle(forReadingFrom: folder.appendingPathComponent("progress.json")) else { return nil }
    defer { try? file.close() }
    guard let data = try? file.read(upToCount: mostBytes + 1), data.count <= mostBytes,
      case .table(let said)? = try? JsonReader.read(Array(data))
    else { return nil }
    return parsed(said)
  }

  /// All jobs below a folder that say something, the latest first; of one bundle, or of all.
  public static func all(_ root: URL, bundle: String? = nil) -> [Progress] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter(Hashes.isId)
      .compactMap { of(root.appendingPathComponent($0, isDirectory: true)) }
      .filter { found in bundle.map { Texts.areSame($0, found.bundle) } ?? true }
      .sorted { $1.at.utf8.lexicographicallyPrecedes($0.at.utf8) }
  }

  private static func parsed(_ said: JsonObject) -> Progress? {
    guard let state = said.textOrNil("state").flatMap(JobState.init(rawValue:)),
      let job = said.textOrNil("job"), Hashes.isId(job), let bundle = said.textOrNil("bundle"),
      let run = count(said["run"]), let runs = count(said["runs"]), let at = said.textOrNil("at")
    else { return nil }
    return Progress(
      job: job,
      bundle: Texts.printable(bundle),
      state: state,
      run: run,
      runs: runs,
      phase: Texts.printable(said.textOrNil("phase") ?? ""),
      reason: said.textOrNil("reason").map { Texts.printable($0) },
      at: Texts.printable(at)
    )
  }

  private static func count(_ value: JsonValue?) -> Int? {
    guard case .number(let number)? = value, number.isWhole, let count = number.int, (0...Int(Int32.max)) ~= count
    else { return nil }
    return count
  }
}
