import Foundation

@testable import HarnessCore

/// What tests leave for Python to read, below `.build/left` of the package.
enum Left {
  static let folder =
    URL(fileURLWithPath: #filePath).appendingPathComponent("../../../.build/left").standardizedFileURL

  /// An empty folder of that name.
  static func emptied(_ name: String) -> URL {
    let found = folder.appendingPathComponent(name, isDirectory: true)
    try? FileManager.default.removeItem(at: found)
    return found
  }
}
