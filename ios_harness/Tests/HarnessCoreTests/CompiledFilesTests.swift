import Foundation
import Testing

@testable import HarnessCore

/// What a system compiled and an app keeps, in a folder of its own for each test.
struct CompiledFilesTests {
  let folder: URL
  let hash = String(repeating: "ab", count: 32)

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("compiled-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func files(_ system: String = "Version 17.4 (Build 21E213)") -> CompiledFiles {
    CompiledFiles(folder: folder.appendingPathComponent("kept"), system: system)
  }

  private func compiled(_ text: String = "weights") throws -> URL {
    let made = folder.appendingPathComponent("made-\(UUID().uuidString).mlmodelc")
    try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
    if !text.isEmpty { try Data(text.utf8).write(to: made.appendingPathComponent("model.mil")) }
    return made
  }

  @Test func whatIsKeptIsFoundAgainAndItsSourceIsGone() throws {
    let made = try compiled()
    let place = try files().keep(made, sha256: hash)
    #expect(files().has(sha256: hash))
    #expect(place == files().place(sha256: hash))
    #expect(!FileManager.default.fileExists(atPath: made.path))
  }

  @Test func anotherBuildOfTheSystemCompilesAgainAndClearsUp() throws {
    _ = try files().keep(compiled(), sha256: hash)
    let newer = files("Version 17.5 (Build 21F79)")
    #expect(!newer.has(sha256: hash))
    newer.removeOthers()
    #expect(!files().has(sha256: hash))
  }

  @Test func clearingUpLeavesOwnOnesAndForeignFilesAlone() throws {
    _ = try files().keep(compiled(), sha256: hash)
    let other = folder.appendingPathComponent("kept/notes.txt")
    try Data("mine".utf8).write(to: other)
    files().removeOthers()
    #expect(files().has(sha256: hash))
    #expect(FileManager.default.fileExists(atPath: other.path))
  }

  @Test func anEmptyEntryCountsAsNone() throws {
    _ = try files().keep(compiled(""), sha256: hash)
    #expect(!files().has(sha256: hash))
  }

  @Test func aRemovedEntryIsGoneAndMayBeKeptAnew() throws {
    _ = try files().keep(compiled(), sha256: hash)
    files().remove(sha256: hash)
    #expect(!files().has(sha256: hash))
    _ = try files().keep(compiled("again"), sha256: hash)
    #expect(files().has(sha256: hash))
  }

  @Test func keepingOverAnEarlierOneReplacesIt() throws {
    _ = try files().keep(compiled("old"), sha256: hash)
    let place = try files().keep(compiled("new"), sha256: hash)
    let text = try String(contentsOf: place.appendingPathComponent("model.mil"), encoding: .utf8)
    #expect(text == "new")
  }

  @Test func whatIsNotThereCannotBeKept() {
    #expect(throws: StorageRefused.self) {
      try files().keep(folder.appendingPathComponent("none.mlmodelc"), sha256: hash)
    }
  }

  @Test(arguments: ["../../up", "a/b", "", "Version 17.4\n"])
  func aSystemsNameLeadsOutOfNoFolder(system: String) {
    let place = files(system).place(sha256: hash)
    #expect(place.deletingLastPathComponent().lastPathComponent == "kept")
  }
}
