import Foundation
import Testing

@testable import HarnessCore

/// Files on the disk: whole or not at all, and a place that takes none is refused by name.
@Suite struct StorageTests {
  @Test func aFileIsReplacedWhole() throws {
    try MadeBundle.withFolder { folder in
      let file = folder.appendingPathComponent("a/b/c.json")
      try AtomicFile.write(to: file, text: "one")
      try AtomicFile.write(to: file, text: "two")
      #expect(try Data(contentsOf: file) == Data("two".utf8))
      #expect(try names(file.deletingLastPathComponent()) == ["c.json"])
    }
  }

  @Test func aFileThatIsNotFinishedLeavesTheOneBeforeIt() throws {
    try MadeBundle.withFolder { folder in
      let file = folder.appendingPathComponent("a")
      try AtomicFile.write(to: file, text: "one")
      expectRefused("wrong-crc") {
        try AtomicFile.write(to: file) { sink in
          try sink.write([1, 2, 3])
          throw ArchiveRefused(.wrongCrc, "it")
        }
      }
      #expect(try Data(contentsOf: file) == Data("one".utf8))
      #expect(try names(folder) == ["a"])
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "this system has no full disk to write to"))
  func aFullDiskIsSaidToBeOne() throws {
    try MadeBundle.withFolder { folder in
      let file = folder.appendingPathComponent("a")
      try FileManager.default.createSymbolicLink(atPath: file.path + ".part", withDestinationPath: "/dev/full")
      expectRefused("cannot-write") { try AtomicFile.write(to: file, text: "one") }
      #expect(try names(folder) == [])
      let arriving = folder.appendingPathComponent("arriving.zip")
      try FileManager.default.createSymbolicLink(atPath: arriving.path + ".part", withDestinationPath: "/dev/full")
      expectRefused("cannot-write") { _ = try BundleStore(folder).add(ArraySource(MadeBundle.zip)) }
      #expect(try names(folder) == [])
    }
  }

  @Test(.enabled(if: getuid() != 0, "the system lets its administrator write everywhere"))
  func aFolderThatMayOnlyBeReadIsSaidToBeOne() throws {
    try MadeBundle.withFolder { folder in
      try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
      expectRefused("cannot-write") { try AtomicFile.write(to: folder.appendingPathComponent("a"), text: "") }
      expectRefused("cannot-write") { _ = try BundleStore(folder).add(ArraySource(MadeBundle.zip)) }
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self"), "this system has no such folder"))
  func aFolderThatNobodyWritesToIsSaidToBeOne() {
    expectRefused("cannot-write") { try AtomicFile.write(to: URL(fileURLWithPath: "/proc/a"), text: "") }
    expectRefused("cannot-write") {
      _ = try BundleStore(URL(fileURLWithPath: "/proc/a/b")).add(ArraySource(MadeBundle.zip))
    }
  }

  @Test func aFolderThatIsAFileIsSaidToBeOne() throws {
    try MadeBundle.withFolder { folder in
      let file = folder.appendingPathComponent("a")
      try AtomicFile.write(to: file, text: "one")
      expectRefused("cannot-write") { try AtomicFile.write(to: file.appendingPathComponent("b"), text: "two") }
      expectRefused("cannot-write") { try AtomicFile.write(to: folder, text: "two") }
      expectRefused("cannot-write") { _ = try BundleStore(file).add(ArraySource(MadeBundle.zip)) }
    }
  }

  @Test func whatIsNoRegularFileIsNotRead() throws {
    try MadeBundle.withFolder { folder in
      let pipe = folder.appendingPathComponent("pipe")
      #expect(mkfifo(pipe.path, 0o600) == 0)
      for file in [folder, pipe, folder.appendingPathComponent("none")] {
        expectRefused("cannot-read") { _ = try FileSource(file) }
      }
    }
  }

  @Test func bytesThatAreNotThereAreNotRead() throws {
    try MadeBundle.withFolder { folder in
      let file = folder.appendingPathComponent("a")
      try AtomicFile.write(to: file, data: Array(0..<10))
      let source = try FileSource(file)
      for one in [source, ArraySource(Array(0..<10))] as [any Source] {
        #expect(try one.read(offset: 3, count: 7) == Array(3..<10))
        #expect(try one.read(offset: 10, count: 0) == [])
        for (offset, count) in [(3, 8), (11, 0), (-1, 1), (0, -1), (Int.max, 1), (1, Int.max)] {
          expectRefused("cannot-read") { _ = try one.read(offset: offset, count: count) }
        }
      }
      #expect(truncate(file.path, 5) == 0)
      expectRefused("cannot-read") { _ = try source.read(offset: 3, count: 7) }
      source.close()
      source.close()
      expectRefused("cannot-read") { _ = try source.read(offset: 0, count: 1) }
    }
  }

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }
}
