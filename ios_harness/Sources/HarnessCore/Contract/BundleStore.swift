import Foundation

/// The bundles that an app keeps, each named by its hash: one that is there is never written again.
///
/// So a bundle that is open, or mapped into memory, does not change under whoever reads it.
public struct BundleStore: Sendable {
  private static let suffix = ".zip"
  private static let chunkBytes = 1 << 20
  private static let adding = NSLock()  // one at a time: those that arrive share a name

  private let root: URL

  public init(_ root: URL) { self.root = root }

  /// Keep a copy of a bundle that is whole, and return its file. Throws `Refused`; then nothing of it is left.
  public func add(_ file: URL) throws -> URL { try add(FileSource(file)) }

  /// Keep a bundle that is whole, and return its file; the source is closed. Throws `Refused`; then nothing is left.
  public func add(_ source: any Source) throws -> URL {
    BundleStore.adding.lock()
    defer { BundleStore.adding.unlock() }
    defer { source.close() }
    let arriving = root.appendingPathComponent("arriving.zip")
    defer { unlink(arriving.path) }
    try copy(source, to: arriving)
    let bundle = try OpenBundle.open(arriving)
    defer { bundle.close() }
    try bundle.verify()
    let kept = try self.file(bundle.sha256)
    if !Disk.isFile(kept), rename(arriving.path, kept.path) != 0 {
      throw StorageRefused(.cannotWrite, "the bundle cannot be kept: \(Disk.reason())")
    }
    return kept
  }

  /// The hashes of all that are kept.
  public func kept() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter { $0.hasSuffix(BundleStore.suffix) }.map { String($0.dropLast(BundleStore.suffix.count)) }
      .filter { name in (try? file(name)).map(Disk.isFile) ?? false }.sorted(by: ArchiveNames.precedes)
  }

  /// Keep a bundle no longer. Who has it open reads on. Throws `StorageRefused` for what is no hash.
  public func remove(_ sha256: String) throws { unlink(try file(sha256).path) }

  /// Where a bundle of this hash lies, or would lie. Throws `StorageRefused` for what is no hash.
  public func file(_ sha256: String) throws -> URL {
    if !Hashes.isSha256(sha256) { throw StorageRefused(.badName, "a bundle's hash has 64 hex digits") }
    return root.appendingPathComponent(sha256 + BundleStore.suffix)
  }

  private func copy(_ source: any Source, to file: URL) throws {
    try AtomicFile.write(to: file) { sink in
      var done = 0
      while done < source.sizeBytes {
        let count = min(BundleStore.chunkBytes, source.sizeBytes - done)
        try sink.write(try source.read(offset: done, count: count))
        done += count
      }
    }
  }
}
