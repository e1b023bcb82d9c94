import Foundation

/// What the list of bundles shows of one; `reason` is why it cannot be read, nil where it can.
public struct KeptBundle: Equatable, Sendable {
  public var sha256: String
  public var name: String
  public var facts: String
  public var lastJob: JobProgress?
  public var reason: String?

  /// All that are kept, by name.
  public static func all(_ store: BundleStore, jobs: URL) -> [KeptBundle] {
    let said = ProgressReader.all(jobs)
    return store.kept().map { hash in
      of(hash, store, said.first { Texts.areSame($0.bundle, hash) })
    }.sorted { ($0.name, $0.sha256) < ($1.name, $1.sha256) }
  }

  private static func of(_ hash: String, _ store: BundleStore, _ last: JobProgress?) -> KeptBundle {
    do {
      let file = try store.file(hash)
      let opened = try OpenBundle.open(file)
      defer { opened.close() }
      let facts = [
        Figures.count(opened.content.artifacts.count, "file"), Figures.count(opened.content.photos.count, "photo"),
        Figures.bytes(sizeBytes(file)),
      ]
      let name = opened.content.name
      return KeptBundle(sha256: hash, name: name, facts: facts.joined(separator: " · "), lastJob: last, reason: nil)
    } catch {
      let name = String(hash.prefix(12))
      return KeptBundle(sha256: hash, name: name, facts: "", lastJob: last, reason: PlainReason.of(error))
    }
  }

  private static func sizeBytes(_ file: URL) -> Int {
    (try? file.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0
  }
}

/// Bundles that a computer left in a folder, `HASH.zip`, and that are not kept yet.
public enum PushedBundles {
  /// Their hashes, sorted. An empty file is none: a computer that tidies up can remove no file, and empties it.
  public static func waiting(in folder: URL, kept: [String]) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".zip") }.map { String($0.dropLast(4)) }
      .filter { Hashes.isSha256($0) && !kept.contains($0) && !isEmpty(folder.appendingPathComponent("\($0).zip")) }
      .sorted()
  }

  private static func isEmpty(_ file: URL) -> Bool {
    (try? file.resourceValues(forKeys: [.fileSizeKey]))?.fileSize == 0
  }
}
