import Foundation
import HarnessCore
import SwiftUI

/// What a bundle's screen shows: what is in it, whether the hashes are right, and its last job.
@MainActor
final class BundleModel: ObservableObject {
  @Published private(set) var facts: BundleFacts?
  @Published private(set) var reason: String?
  @Published private(set) var hashes: [Int: Marked] = [:]
  @Published private(set) var lastJob: JobProgress?
  @Published private(set) var thumbnails: [Int: CGImage] = [:]
  let sha256: String

  /// While a job runs, nothing is hashed or decoded beside it.
  var isPaused = false
  private static let mostThumbnails = 24
  private nonisolated static let thumbnailPx = 160

  init(sha256: String) { self.sha256 = sha256 }

  /// Load what is not there yet, and look again after the last job.
  func load() async {
    let sha256 = sha256
    lastJob = await offMain { ProgressReader.all(Places.jobs, bundle: sha256).first }
    if facts == nil {
      switch await offMain({ BundleFacts.of(sha256, store: Places.bundles) }) {
      case .success(let found): facts = found
      case .failure(let error):
        reason = PlainReason.of(error)
        return
      }
    }
    await look()
  }

  /// Look at what was not looked at: a screen that is left in the middle goes on when it is back.
  private func look() async {
    guard let content = facts?.content else { return }
    let sha256 = sha256
    for place in content.artifacts.indices where mayLook && hashes[place] == nil {
      hashes[place] = await offMain { HashCheck.of(sha256, artifact: place, store: Places.bundles) }
    }
    for place in content.photos.indices.prefix(Self.mostThumbnails) where mayLook && thumbnails[place] == nil {
      thumbnails[place] = await offMain { Pictures.small(sha256, photo: place, sidePx: Self.thumbnailPx) }
    }
  }

  private var mayLook: Bool { !Task.isCancelled && !isPaused }
}
