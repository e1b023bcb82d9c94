import Foundation

/// Names of files relative to a folder: an app's folder moves with each update, and what a journal says must still hold.
enum Relative {
  /// The name of a file as seen from a folder: `files/0.jpg`, `../../bundles/a.zip`.
  static func name(of file: URL, from folder: URL) -> String {
    let to = file.standardizedFileURL.pathComponents
    let from = folder.standardizedFileURL.pathComponents
    let shared = zip(to, from).prefix { Texts.areSame($0, $1) }.count
    return (Array(repeating: "..", count: from.count - shared) + to[shared...]).joined(separator: "/")
  }

  /// The file of that name.
  static func file(_ name: String, from folder: URL) -> URL {
    folder.appendingPathComponent(name).standardizedFileURL
  }
}
