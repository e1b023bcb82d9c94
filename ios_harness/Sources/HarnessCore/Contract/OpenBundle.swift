import Foundation

/// An open bundle: what bundle.json says, checked, and its files, each hashed when it is read; docs/bundle.md.
///
/// It may be read by several threads at once.
public final class OpenBundle: Sendable {
  /// The name of the file that lists all others.
  public static let name = "bundle.json"
  private static let mostPartBytes = 256 << 20
  private static let ignored: UInt8 = 255  // in a label

  /// The bundle's own hash, that of bundle.json.
  public let sha256: String
  /// bundle.json, as far as this version knows it.
  public let document: JsonObject
  public let content: BundleContent
  private let archive: Archive

  init(_ archive: Archive, sha256: String, document: JsonObject, content: BundleContent) {
    self.archive = archive
    self.sha256 = sha256
    self.document = document
    self.content = content
  }

  /// Read a listed file. Throws `BundleRefused` where it is not what was listed.
  public func read(_ name: String) throws -> [UInt8] {
    let listed = try listed(name)
    if listed.sizeBytes > OpenBundle.mostPartBytes { throw BundleRefused(.fileSize, "\(name) is too large") }
    let data = try archive.read(name, mostBytes: OpenBundle.mostPartBytes)
    try checkHash(listed, Hashes.sha256(data))
    return data
  }

  /// Hash every file. Throws `BundleRefused` for the first that is not what was listed.
  public func verify() throws {
    for name in content.files.keys.sorted(by: ArchiveNames.precedes) { try verify(name) }
  }

  /// Hash one file. Throws `BundleRefused` where it is not what was listed.
  public func verify(_ name: String) throws {
    var hash = RunningHash()
    let listed = try listed(name)
    try archive.chunks(name) { hash.update($0) }
    try checkHash(listed, hash.hex())
  }

  /// Write a listed file to a place, where it is only once it is whole. Throws `BundleRefused`, `StorageRefused`.
  public func extract(_ name: String, to file: URL) throws {
    let listed = try listed(name)
    try AtomicFile.write(to: file) { sink in
      var hash = RunningHash()
      try archive.chunks(name) {
        hash.update($0)
        try sink.write($0)
      }
      try checkHash(listed, hash.hex())
    }
  }

  /// Read an artifact's manifest. Throws `BundleRefused` where it is none, or of another file than is listed.
  public func manifest(_ artifact: Int) throws -> Manifest {
    let listed = content.artifacts[artifact]
    let data = try read(listed.manifest)
    let found: Manifest
    do {
      found = try ManifestReader.read(data)
    } catch let error as ManifestRefused {
      throw BundleRefused(.manifest, "\(listed.manifest): \(error.message)")
    }
    let isOwn =
      found.sha256 == listed.sha256 && found.sizeBytes == listed.sizeBytes && Texts.areSame(found.target, listed.target)
      && found.inputHeightPx == listed.heightPx && found.inputWidthPx == listed.widthPx
      && found.classes.elementsEqual(content.classes, by: Texts.areSame)
    if !isOwn { throw BundleRefused(.manifest, "\(listed.manifest) says otherwise than bundle.json") }
    return found
  }

  /// One photo at an input's size; the whole file is hashed and one photo kept. Throws `BundleRefused`.
  public func photo(_ input: Int, _ photo: Int) throws -> Picture {
    let given = content.inputs[input]
    let count = 3 * given.heightPx * given.widthPx
    let wanted = (photo * count)..<((photo + 1) * count)
    var rgb: [UInt8] = []
    rgb.reserveCapacity(count)
    var hash = RunningHash()
    var at = 0
    try archive.chunks(given.file) { chunk in
      hash.update(chunk)
      let here = wanted.clamped(to: at..<(at + chunk.count))
      rgb.append(contentsOf: chunk[(here.lowerBound - at)..<(here.upperBound - at)])
      at += chunk.count
    }
    try checkHash(try listed(given.file), hash.hex())
    return try Picture(heightPx: given.heightPx, widthPx: given.widthPx, rgb: rgb)
  }

  /// A label or a golden map of a photo, at its size; labels alone hold 255. Throws `BundleRefused`.
  public func classMap(_ name: String, _ photo: Int) throws -> ClassMap {
    let size = content.photos[photo]
    let data = try read(name)
    let found: ClassMap
    do {
      found = try ClassMapFile.decode(data)
    } catch let error as ClassMapRefused {
      throw BundleRefused(.classMap, "\(name): \(error.message)")
    }
    if found.heightPx != size.heightPx || found.widthPx != size.widthPx {
      throw BundleRefused(.classMap, "\(name) is not of its photo's size")
    }
    let isLabel = size.label == name
    if !found.pixels.allSatisfy({ Int($0) < content.classes.count || (isLabel && $0 == OpenBundle.ignored) }) {
      throw BundleRefused(.classMap, "\(name) holds a class that there is not")
    }
    return found
  }

  /// Let go of the file; what is read later is refused.
  public func close() { archive.close() }

  private func listed(_ name: String) throws -> ListedFile {
    guard let found = content.files[name] else {
      throw BundleRefused(.notListed, "\(name) is not among the bundle's files")
    }
    return found
  }

  private func checkHash(_ listed: ListedFile, _ found: String) throws {
    if found != listed.sha256 { throw BundleRefused(.fileHash, "\(listed.name) is damaged") }
  }
}
