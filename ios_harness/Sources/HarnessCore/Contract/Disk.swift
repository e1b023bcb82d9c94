import Foundation

/// A call on a file that failed, and why, in the system's words.
struct DiskFault: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

/// The system's own calls on files, where Foundation's say too little of what went wrong.
enum Disk {
  /// Why the last call failed, in the system's words.
  static func reason() -> String { String(cString: strerror(errno)) }

  static func close(_ handle: Int32) -> Bool { Foundation.close(handle) == 0 }

  /// Make a folder and those above it. Throws `DiskFault`.
  static func makeFolder(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw DiskFault("its folder cannot be made")
    }
  }

  /// Say whether a regular file lies there.
  static func isFile(_ file: URL) -> Bool { sizeBytes(file) != nil }

  /// The bytes of a regular file; nil where none lies there.
  static func sizeBytes(_ file: URL) -> Int? {
    var about = stat()
    return stat(file.path, &about) == 0 && about.st_mode & S_IFMT == S_IFREG ? Int(about.st_size) : nil
  }
}
