import Foundation

@testable import HarnessCore

/// Reads conformance/cases.
enum Cases {
  static let checkout = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
  static let folder = checkout.appendingPathComponent("conformance/cases")

  /// A set's file.
  static func of(_ name: String) -> JsonObject {
    let data = try! Data(contentsOf: folder.appendingPathComponent("\(name).json"))
    return try! JsonReader.read([UInt8](data)).table!
  }
}
