import Foundation

/// What a system made of files and may keep from launch to launch, such as Core ML's compiled packages.
///
/// Each lies in one folder under a name that says of which bytes and for which system it was made: what another system
/// made is not opened but removed. Paths are made anew at each launch, as an app's container moves.
public struct CompiledFiles: Sendable {
  private let folder: URL
  private let system: String
  private static let suffix = ".mlmodelc"

  /// `folder`: the app's own. `system`: the system's version and build; it becomes part of names.
  public init(folder: URL, system: String) {
    self.folder = folder
    self.system = String(system.unicodeScalars.map { Self.isPlain($0) ? Character($0) : "-" })
  }

  /// Where the compiled form of a file of this hash lies, or shall lie.
  public func place(sha256: String) -> URL {
    folder.appendingPathComponent("\(sha256.prefix(32))-\(system)\(Self.suffix)", isDirectory: true)
  }

  /// Say whether there is one: a folder with anything in it. What is empty was cut short and counts as none.
  public func has(sha256: String) -> Bool {
    let names = try? FileManager.default.contentsOfDirectory(atPath: place(sha256: sha256).path)
    return !(names ?? []).isEmpty
  }

  /// Take what the system compiled into its place, whole or not at all. Throws `StorageRefused`.
  public func keep(_ compiled: URL, sha256: String) throws -> URL {
    let place = place(sha256: sha256)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try? FileManager.default.removeItem(at: place)
      try FileManager.default.moveItem(at: compiled, to: place)
    } catch {
      try? FileManager.default.removeItem(at: compiled)
      throw StorageRefused(.cannotWrite, "the compiled file cannot be kept: \(error.localizedDescription)")
    }
    return place
  }

  /// Remove one that does not open, so that it is compiled again.
  public func remove(sha256: String) {
    try? FileManager.default.removeItem(at: place(sha256: sha256))
  }

  /// Remove all that another version of the system made.
  public func removeOthers() {
    let own = "-\(system)\(Self.suffix)"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
      guard name.hasSuffix(Self.suffix), !name.hasSuffix(own) else { continue }
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", ".": true
    default: false
    }
  }
}
