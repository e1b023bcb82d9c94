import Foundation

/// Bytes that are read by place: of a file, which may be far larger than memory, or of an array.
public protocol Source: AnyObject, Sendable {
  var sizeBytes: Int { get }

  /// Read `count` bytes from `offset` on, which must be there. Throws `StorageRefused`.
  func read(offset: Int, count: Int) throws -> [UInt8]

  /// Let go of what it holds; what is read later is refused.
  func close()
}

/// An array's bytes.
public final class ArraySource: Source {
  private let data: [UInt8]

  public init(_ data: [UInt8]) { self.data = data }

  public var sizeBytes: Int { data.count }

  public func read(offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= data.count, count <= data.count - offset else {
      throw StorageRefused(.cannotRead, "there are no \(count) bytes from \(offset) on")
    }
    return Array(data[offset..<(offset + count)])
  }

  public func close() {}
}

/// A file's bytes.
public final class FileSource: Source, @unchecked Sendable {
  public let sizeBytes: Int
  private let name: String
  private let lock = NSLock()  // so that no handle is closed while it is read, and another file's is read then
  private var handle: Int32

  /// Open a regular file. `name`: what errors call it, instead of the last part of its path. Throws `StorageRefused`.
  public init(_ file: URL, name: String? = nil) throws {
    let name = name ?? file.lastPathComponent
    self.name = name
    handle = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)  // a pipe would be waited for
    if handle < 0 { throw FileSource.cannotRead(name, Disk.reason()) }
    var about = stat()
    guard fstat(handle, &about) == 0, about.st_mode & S_IFMT == S_IFREG else {
      _ = Disk.close(handle)
      throw FileSource.cannotRead(name, "it is no regular file")
    }
    sizeBytes = Int(about.st_size)
  }

  deinit { close() }

  public func read(offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= sizeBytes, count <= sizeBytes - offset else {
      throw FileSource.cannotRead(name, "there are no \(count) bytes from \(offset) on")
    }
    lock.lock()
    defer { lock.unlock() }
    guard handle >= 0 else { throw FileSource.cannotRead(name, "it was closed") }
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      while done < count {
        let got = pread(handle, buffer.baseAddress! + done, count - done, off_t(offset + done))
        if got < 0, errno == EINTR { continue }
        if got < 0 { throw FileSource.cannotRead(name, Disk.reason()) }
        if got == 0 { throw FileSource.cannotRead(name, "it became shorter while it was read") }
        done += got
      }
    }
  }

  public func close() {
    lock.lock()
    defer { lock.unlock() }
    if handle >= 0 { _ = Disk.close(handle) }
    handle = -1
  }

  private static func cannotRead(_ name: String, _ why: String) -> StorageRefused {
    StorageRefused(.cannotRead, "\(name) cannot be read: \(why)")
  }
}
