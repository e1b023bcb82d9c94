/// Reads a file of the contract whole, and says what came of it: what a replay and a comparison with Python ask.
public enum FileCheck {
  private static let mostBytes = 1 << 20  // of a file in a zip of no bundle

  /// Every kind that can be asked for.
  public static let kinds = ["archives", "runs", "bundles", "contents", "manifests", "records", "documents"]

  /// "read", or the code of the fault that it is refused for; "no-such-kind" for a kind that there is not.
  ///
  /// Of a file that is larger than its kind may be, no more is read than shows that. Throws `StorageRefused`.
  public static func check(kind: String, source: any Source) throws -> String {
    do {
      try read(kind, source)
      return "read"
    } catch let error as StorageRefused {
      throw error
    } catch let error as Refused {
      return error.fault.code
    } catch {
      return "no-such-kind"
    }
  }

  private struct NoSuchKind: Error {}

  private static func read(_ kind: String, _ source: any Source) throws {
    switch kind {
    case "archives":
      let zip = try Archive(source)
      for name in zip.names { _ = try zip.read(name, mostBytes: mostBytes) }
    case "runs": _ = try ClassMapFile.decode(start(source, ClassMapFile.mostBytes))
    case "bundles", "contents":
      let bundle = try OpenBundle.open(source)
      try bundle.verify()
      for place in bundle.content.artifacts.indices { _ = try bundle.manifest(place) }
    case "manifests": _ = try ManifestReader.read(start(source, ManifestReader.mostBytes))
    case "records", "documents": _ = try RecordReader.read(start(source, RecordReader.mostBytes))
    default: throw NoSuchKind()
    }
  }

  /// All of a file, or its start where it is too large, one byte longer than it may be: its reader refuses that.
  private static func start(_ source: any Source, _ mostBytes: Int) throws -> [UInt8] {
    try source.read(offset: 0, count: min(source.sizeBytes, mostBytes + 1))
  }
}
