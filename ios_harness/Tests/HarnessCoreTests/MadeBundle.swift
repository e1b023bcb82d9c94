import Foundation

@testable import HarnessCore

/// A bundle of the cases; nothing in it was measured.
enum MadeBundle {
  /// A set of conformance/cases.
  static func cases(_ set: String) throws -> JsonObject {
    try JsonReader.read(Array(Data(contentsOf: casesFolder.appendingPathComponent("\(set).json")))).table!
  }

  /// The files of the case.
  static let files: [String: [UInt8]] = try! unzipped(
    Array(
      Data(
        contentsOf: casesFolder.appendingPathComponent(
          cases("bundles").tables("cases")[0].table("zip").text("file")))))

  /// The case, whose file is another network than it says: here it need not be as its network.
  static let zip: [UInt8] = try! zipOf(leastNetworkAgreement: 0)

  static func bundle() throws -> OpenBundle { try OpenBundle.open(ArraySource(zip)) }

  /// The case with another least agreement, so with another hash.
  static func zipOf(leastNetworkAgreement: Double) throws -> [UInt8] {
    var content = try JsonReader.read(files[OpenBundle.name]!).table!
    content["golden"] = .list(
      content.tables("golden").map { one in
        var one = one
        one["least_network_agreement"] = .of(leastNetworkAgreement)
        return .table(one)
      })
    return try zipOf(content)
  }

  /// The case with another bundle.json.
  static func zipOf(_ content: JsonObject) throws -> [UInt8] {
    try ArchiveWriter.write(files.merging([OpenBundle.name: JsonWriter.bytes(.table(content))]) { $1 })
  }

  /// Every file of a zip.
  static func unzipped(_ data: [UInt8]) throws -> [String: [UInt8]] {
    let zip = try Archive(ArraySource(data))
    return Dictionary(uniqueKeysWithValues: try zip.names.map { ($0, try zip.read($0, mostBytes: 1 << 20)) })
  }

  /// Run with a folder of its own, which is removed afterwards.
  static func withFolder(_ act: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try act(folder)
  }
}
