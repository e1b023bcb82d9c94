import Foundation
import HarnessCore
import PhotosUI
import SwiftUI

/// A photo, the file that runs on it, and what came of that.
@MainActor
final class PhotoModel: ObservableObject {
  @Published private(set) var content: BundleContent?
  @Published private(set) var seen: Seen?
  @Published private(set) var isBusy = false
  @Published var slider = MaskSlider(hasLabel: false)
  @Published var artifact: Int
  @Published var photo: Int
  @Published var picked: PhotosPickerItem?
  let sha256: String
  private let looker: Looker
  private var count = 0
  private var last: Task<Seen?, Never>?

  init(sha256: String, artifact: Int, photo: Int) {
    self.sha256 = sha256
    self.artifact = artifact
    self.photo = photo
    looker = Looker(sha256: sha256)
  }

  var name: String {
    guard let content, artifact < content.artifacts.count else { return "" }
    return content.artifacts[artifact].name
  }

  /// What VoiceOver reads for the picture.
  var spoken: String {
    let which = picked == nil ? "Photo \(photo + 1)" : "Your photo"
    return seen?.mask == nil ? "\(which) without a mask" : "\(which) with the mask of \(name)"
  }

  /// Take another of the bundle's photos.
  func turn(to photo: Int) async {
    picked = nil
    self.photo = photo
    await look()
  }

  /// Run the file on the photo; of several wishes in a row only the last one's is shown.
  func look() async {
    let sha256 = sha256
    if content == nil { content = await offMain { Places.content(sha256) } }
    count += 1
    let wish = count
    isBusy = true
    let before = last
    let own = Task { () -> Seen? in
      _ = await before?.value  // a file takes one picture at a time
      return wish == count ? await self.found() : nil
    }
    last = own
    guard let found = await own.value, wish == count else { return }
    last = nil
    isBusy = false
    seen = found
    if slider.hasLabel != (found.label != nil) { slider = MaskSlider(hasLabel: found.label != nil) }
  }

  private func found() async -> Seen {
    guard let content, content.artifacts.indices.contains(artifact), content.photos.indices.contains(photo) else {
      return Seen(reason: "the bundle is not here any more")
    }
    guard let picked else { return await looker.look(artifact: artifact, photo: photo) }
    guard let data = try? await picked.loadTransferable(type: Data.self) else {
      return Seen(reason: "the photo cannot be read")
    }
    return await looker.look(artifact: artifact, picked: data)
  }
}
