import Foundation

/// Bundles that a computer left in a folder, each as `HASH.zip`.
///
/// A computer cannot remove a file here: it takes a bundle back by writing one of no bytes over it.
public enum PushedBundles {
  /// The hashes of those that are there and not kept yet, sorted.
  public static func waiting(in folder: URL, kept: [String]) -> [String] {
    hashes(in: folder).filter { isThere($0, in: folder) && !kept.contains($0) }
  }

  /// Where a bundle lies; nil where none does, or where it was taken back.
  public static func file(_ sha256: String, in folder: URL) -> URL? {
    isThere(sha256, in: folder) ? place(sha256, folder) : nil
  }

  /// Keep those no longer that were taken back. That of `unfinished`, which is asked for only where there are such,
  /// stays kept until a later call.
  public static func letGo(in folder: URL, store: BundleStore, unfinished: @autoclosure () -> String?) {
    let back = hashes(in: folder).filter { Disk.sizeBytes(place($0, folder)) == 0 }
    guard !back.isEmpty else { return }
    let used = unfinished()
    for hash in back where hash != used {
      try? store.remove(hash)
      unlink(place(hash, folder).path)
    }
  }

  private static func isThere(_ sha256: String, in folder: URL) -> Bool {
    (Disk.sizeBytes(place(sha256, folder)) ?? 0) > 0
  }

  private static func place(_ sha256: String, _ folder: URL) -> URL { folder.appendingPathComponent("\(sha256).zip") }

  private static func hashes(in folder: URL) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".zip") }.map { String($0.dropLast(4)) }.filter(Hashes.isSha256).sorted()
  }
}
