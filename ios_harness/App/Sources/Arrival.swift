import Foundation
import HarnessCore
import UIKit

/// How a bundle is that is being taken in.
enum Arrival: Equatable, Sendable {
  case none
  case copying(String)
  case kept(String)
  case refused(name: String, reason: String)

  /// What must stay free once it is copied.
  private static let spareBytes = 64 << 20

  /// Copy a file that another app owns, check it and keep it; a file beyond the app's folder is let in and out again.
  static func of(_ url: URL) -> Arrival {
    let isScoped = url.startAccessingSecurityScopedResource()
    defer { if isScoped { url.stopAccessingSecurityScopedResource() } }
    let name = Texts.printable(url.lastPathComponent)
    var kept = Arrival.refused(name: name, reason: "The other app does not let it be read. Share it again.")
    var fault: NSError?
    NSFileCoordinator().coordinate(readingItemAt: url, options: .withoutChanges, error: &fault) { readable in
      kept = taken(readable, name)
    }
    if let fault { return .refused(name: name, reason: Texts.printable(fault.localizedDescription)) }
    return kept
  }

  private static func taken(_ url: URL, _ name: String) -> Arrival {
    let size = (try? url.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0
    if let free = Places.freeBytes(), size > free - spareBytes {
      return .refused(
        name: name, reason: "There is not enough room for it on this device. Remove something and try again.")
    }
    do {
      let file = try Places.bundles.add(url)
      if Places.isInbox(url) { try? FileManager.default.removeItem(at: url) }
      return .kept(file.deletingPathExtension().lastPathComponent)
    } catch {
      return .refused(name: name, reason: PlainReason.of(error))
    }
  }
}
