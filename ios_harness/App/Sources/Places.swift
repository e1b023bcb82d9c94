import Foundation
import HarnessCore

/// Where the app keeps things. An app's folder moves with each update: no path is kept, each is asked for anew.
enum Places {
  /// What Finder and the Files app show; a computer copies bundles into `pushed` and takes results from `jobs`.
  static var documents: URL { folder(.documentDirectory) }
  static var pushed: URL { documents.appendingPathComponent("pushed", isDirectory: true) }
  static var jobs: URL { documents.appendingPathComponent("jobs", isDirectory: true) }

  /// What nobody else sees.
  static var support: URL { folder(.applicationSupportDirectory) }
  static var work: URL { support.appendingPathComponent("work", isDirectory: true) }
  static var best: URL { support.appendingPathComponent("best.json") }
  static var bundles: BundleStore { BundleStore(support.appendingPathComponent("bundles", isDirectory: true)) }

  /// What the system may remove while the app is not at work.
  static var preview: URL { folder(.cachesDirectory).appendingPathComponent("preview", isDirectory: true) }
  static var compiled: URL { folder(.cachesDirectory).appendingPathComponent("compiled", isDirectory: true) }
  static var shared: URL { FileManager.default.temporaryDirectory.appendingPathComponent("shared", isDirectory: true) }

  static var ofJobs: JobPlaces { JobPlaces(results: jobs, work: work, best: best) }

  /// What a kept bundle says; nil where it is kept no longer, or cannot be read.
  @Sendable
  static func content(_ sha256: String) -> BundleContent? {
    try? BundleFacts.of(sha256, store: bundles).get().content
  }

  /// Whether iOS laid a copy there for this app, as AirDrop does, which nobody else removes.
  static func isInbox(_ url: URL) -> Bool {
    let inbox = documents.appendingPathComponent("Inbox", isDirectory: true).standardizedFileURL.path + "/"
    return url.standardizedFileURL.path.hasPrefix(inbox)
  }

  /// Bytes that are free for what a person wants; nil where the system does not say.
  static func freeBytes() -> Int? {
    let values = try? support.resourceValues(forKeys: [.volumeAvailableCapacityForImportantUsageKey])
    return values?.volumeAvailableCapacityForImportantUsage.map { Int(clamping: $0) }
  }

  /// Make the folders, and let go of what a computer took back; bundles, work and caches stay out of backups, as they can
  /// be had again.
  static func prepare() {
    for place in [pushed, jobs, work, preview] {
      try? FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    }
    var values = URLResourceValues()
    values.isExcludedFromBackup = true
    var hidden = support
    try? hidden.setResourceValues(values)
    try? FileManager.default.removeItem(at: shared)
    PushedBundles.letGo(in: pushed, store: bundles, unfinished: UnfinishedJobs.latest(jobs: jobs, work: work)?.bundle)
  }

  private static func folder(_ kind: FileManager.SearchPathDirectory) -> URL {
    FileManager.default.urls(for: kind, in: .userDomainMask)[0]
  }
}
