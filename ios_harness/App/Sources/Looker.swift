import CoreGraphics
import Foundation
import HarnessCore
import HarnessCoreML

/// A photo with what a file gives of it. `agreement`: with the computer's mask. `reason`: why there is no mask.
struct Seen: @unchecked Sendable {
  var photo: CGImage?
  var label: CGImage?
  var mask: CGImage?
  var agreement: Double?
  var ms: Double?
  var reason: String?
}

/// Runs a bundle's files on photos, one at a time; the file that ran last stays loaded.
actor Looker {
  private let sha256: String
  private var loaded: (artifact: Int, file: Segmenter)?

  init(sha256: String) { self.sha256 = sha256 }

  /// Run a file on a photo of the bundle: its bytes as the bundle has them, never a resize of this app's own.
  func look(artifact: Int, photo: Int) async -> Seen {
    var seen = Seen()
    do {
      let bundle = try OpenBundle.open(Places.bundles.file(sha256))
      defer { bundle.close() }
      let content = bundle.content
      let said = content.photos[photo]
      let table = MaskPixels.table(content.colorsRgb)
      seen.photo = Pictures.small(Data(try bundle.read(said.file)), sidePx: Pictures.shownPx)
      if let label = said.label {
        seen.label = Pictures.image(try bundle.classMap(label, photo), table: table)
      }
      let input = try bundle.photo(content.artifacts[artifact].input, photo)
      let file = try await segmenter(artifact)
      let found = try await file.look(input, heightPx: said.heightPx, widthPx: said.widthPx)
      let golden = try bundle.classMap(content.golden[artifact].maps[photo], photo)
      seen.mask = Pictures.image(found.map, table: table)
      seen.agreement = Judge.agreement(found.map, golden)
      seen.ms = found.ms
    } catch {
      seen.reason = PlainReason.of(error)
    }
    return seen
  }

  /// Run a file on a photo that a person picked; nothing says what its mask should be.
  func look(artifact: Int, picked: Data) async -> Seen {
    var seen = Seen()
    do {
      seen.photo = Pictures.small(picked, sidePx: Pictures.shownPx)
      guard let shown = seen.photo else { throw CannotRun("it is no photo that iOS reads") }
      let picture = try PhotoDecoder.picture(shown, name: "the photo")
      let file = try await segmenter(artifact)
      let input = try Resize.resize(picture, heightPx: file.heightPx, widthPx: file.widthPx)
      let found = try await file.look(input, heightPx: picture.heightPx, widthPx: picture.widthPx)
      let bundle = try OpenBundle.open(Places.bundles.file(sha256))
      defer { bundle.close() }
      seen.mask = Pictures.image(found.map, table: MaskPixels.table(bundle.content.colorsRgb))
      seen.ms = found.ms
    } catch {
      seen.reason = PlainReason.of(error)
    }
    return seen
  }

  private func segmenter(_ artifact: Int) async throws -> Segmenter {
    if let loaded, loaded.artifact == artifact { return loaded.file }
    loaded = nil
    let file = try await Preview.open(sha256, artifact: artifact)
    loaded = (artifact, file)
    return file
  }
}
