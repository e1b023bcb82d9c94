import Foundation

/// The files of a bundle that a step needs on the disk, each unpacked once.
struct Unpacked {
  let bundle: OpenBundle
  let folder: URL

  /// An artifact's file, or a package's folder. Throws `Refused`.
  func artifact(_ place: Int) throws -> URL {
    let artifact = bundle.content.artifacts[place]
    let inside = artifact.file + "/"
    for name in bundle.content.files.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    where Texts.areSame(name, artifact.file) || name.utf8.starts(with: inside.utf8) {
      _ = try unpack(name)
    }
    return folder.appendingPathComponent(artifact.file)
  }

  /// The first photo's file. Throws `Refused`.
  func photo() throws -> URL { try unpack(bundle.content.photos[0].file) }

  private func unpack(_ name: String) throws -> URL {
    let to = folder.appendingPathComponent(name)
    let size = (try? FileManager.default.attributesOfItem(atPath: to.path))?[.size] as? NSNumber
    if size == nil || size?.intValue != bundle.content.files[name]?.sizeBytes { try bundle.extract(name, to: to) }
    return to
  }
}
