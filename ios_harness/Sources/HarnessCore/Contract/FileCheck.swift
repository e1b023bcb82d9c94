/// Reads a file of the contract whole, and says what came of it: what a replay and a comparison with Python ask.
public enum FileCheck {
  private static let mostBytes = 1 << 20  // of a file in a zip of no bundle

  /// Every kind that can be asked for.
  public static let kinds = ["archives", "runs", "bundles", "contents", "manifests", "records", "documents"]

  /// "read", or the code of the fault that it is refused for; "no-such-kind" for a kind that there is not.
  public static func check(kind: String, data: [UInt8]) -> String {
    do {
      try read(kind, data)
      return "read"
    } catch let error as Refused {
      return error.fault.code
    } catch {
      return "no-such-kind"
    }
  }

  private struct NoSuchKind: Error {}

  private static func read(_ kind: String, _ data: [UInt8]) throws {
    switch kind {
    case "archives":
      let zip = try Archive(ArraySource(data))
      for name in zip.names { _ = try zip.read(name, mostBytes: mostBytes) }
    case "runs": _ = try ClassMapFile.decode(data)
    case "bundles", "contents":
      let bundle = try OpenBundle.open(ArraySource(data))
      try bundle.verify()
      for place in bundle.content.artifacts.indices { _ = try bundle.manifest(place) }
    case "manifests": _ = try ManifestReader.read(data)
    case "records", "documents": _ = try RecordReader.read(data)
    default: throw NoSuchKind()
    }
  }
}
