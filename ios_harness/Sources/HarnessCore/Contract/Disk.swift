import Foundation

/// The system's own calls on files, where Foundation's say too little of what went wrong.
enum Disk {
  /// Why the last call failed, in the system's words.
  static func reason() -> String { String(cString: strerror(errno)) }

  static func close(_ handle: Int32) -> Bool { Foundation.close(handle) == 0 }
}
