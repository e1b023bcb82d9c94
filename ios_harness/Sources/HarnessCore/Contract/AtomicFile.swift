import Foundation

/// A file that is there only once it is whole: written beside its place, synced, then renamed.
public enum AtomicFile {
  /// Takes the bytes of a file that is being written.
  public final class Sink {
    private let handle: Int32

    fileprivate init(_ handle: Int32) { self.handle = handle }

    /// Add bytes. Throws where the disk takes none.
    public func write(_ data: [UInt8]) throws {
      try data.withUnsafeBytes { bytes in
        var done = 0
        while done < bytes.count {
          let count = Foundation.write(handle, bytes.baseAddress! + done, bytes.count - done)
          if count < 0, errno == EINTR { continue }
          if count <= 0 { throw DiskFault(Disk.reason()) }
          done += count
        }
      }
    }
  }

  /// Write a file, making its folder; what was there before is replaced. Throws `StorageRefused`, and what `fill` does.
  public static func write(to file: URL, fill: (Sink) throws -> Void) throws {
    let part = file.path + ".part"
    defer { unlink(part) }
    do {
      try Disk.makeFolder(file.deletingLastPathComponent())
      try fillPart(part, fill)
      if rename(part, file.path) != 0 { throw DiskFault(Disk.reason()) }
    } catch let fault as DiskFault {
      throw StorageRefused(.cannotWrite, "\(file.lastPathComponent) cannot be written: \(fault.reason)")
    }
  }

  /// Write bytes. Throws `StorageRefused`.
  public static func write(to file: URL, data: [UInt8]) throws { try write(to: file) { try $0.write(data) } }

  /// Write a text. Throws `StorageRefused`.
  public static func write(to file: URL, text: String) throws { try write(to: file, data: Array(text.utf8)) }

  private static func fillPart(_ part: String, _ fill: (Sink) throws -> Void) throws {
    let handle = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if handle < 0 { throw DiskFault(Disk.reason()) }
    do {
      try fill(Sink(handle))
      if fsync(handle) != 0 { throw DiskFault(Disk.reason()) }
    } catch {
      _ = Disk.close(handle)
      throw error
    }
    if !Disk.close(handle) { throw DiskFault(Disk.reason()) }
  }
}
