import Foundation

/// Opening a bundle: its zip, what bundle.json says, and whether both name the same files.
extension OpenBundle {
  private static let mostJsonBytes = 64 << 20
  private static let known = Version(major: 1, minor: 0)

  /// Open a bundle's zip. Throws `ArchiveRefused`, `BundleRefused`, `StorageRefused`.
  public static func open(_ file: URL) throws -> OpenBundle { try open(FileSource(file)) }

  /// Open a bundle's zip; where it is refused, the source is closed. Throws `ArchiveRefused`, `BundleRefused`.
  public static func open(_ source: any Source) throws -> OpenBundle {
    let archive = try Archive(source)
    do {
      return try opened(archive)
    } catch {
      archive.close()
      throw error
    }
  }

  private static func opened(_ archive: Archive) throws -> OpenBundle {
    if !archive.names.contains(name) { throw BundleRefused(.noBundleJson, "the zip has no \(name)") }
    let data = try archive.read(name, mostBytes: mostJsonBytes)
    let document: JsonValue
    do {
      document = try JsonReader.read(data)
    } catch let error as NotJson {
      throw BundleRefused(.notJson, "\(name): \(error.message)")
    }
    let known = try checked(document)
    let content = try BundleParser.parse(known)
    try checkFiles(archive, content.files)
    return OpenBundle(archive, sha256: Hashes.sha256(data), document: known, content: content)
  }

  /// Return what this version knows of a bundle.json. Throws `BundleRefused`.
  package static func checked(_ value: JsonValue) throws -> JsonObject {
    guard let document = value.table else { throw BundleRefused(.notATable, "\(name) is no table") }
    guard let version = Version(of: document) else { throw BundleRefused(.noVersion, "\(name) says no schema_version") }
    if version.major != known.major {
      throw BundleRefused(.otherVersion, "\(name) is of version \(version.major).\(version.minor)")
    }
    let own = version.minor > known.minor ? Schema.bundle.knownPart(document) : document
    if let found = Schema.bundle.fault(.table(own)) {
      throw BundleRefused(fault(of: found), "\(name): \(found.pointer) is \(found.keyword)")
    }
    if !value.isFinite { throw BundleRefused(.outOfBounds, "\(name): a number is beyond what a number can hold") }
    try BundleChecks.check(BundleParser.parse(own))
    return own
  }

  private static func fault(of found: SchemaFault) -> BundleFault {
    switch found.keyword {
    case "required": .missing
    case "additionalProperties": .unknownField
    case "type": .wrongType
    case "pattern", "enum": .badValue
    default: .outOfBounds
    }
  }

  private static func checkFiles(_ archive: Archive, _ files: [String: ListedFile]) throws {
    let present = archive.names.filter { $0 != name }
    if let stray = present.first(where: { files[$0] == nil }) {
      throw BundleRefused(.fileStray, "the zip holds \(stray), which \(name) does not list")
    }
    let missing = Set(files.keys).subtracting(present).min(by: ArchiveNames.precedes)
    if let missing { throw BundleRefused(.fileMissing, "the zip lacks \(missing), which \(name) lists") }
    for name in present where try archive.sizeBytes(name) != files[name]?.sizeBytes {
      throw BundleRefused(.fileSize, "\(name) has another size than is listed")
    }
  }
}
