import Foundation
import Testing

@testable import HarnessCore

/// The list of bundles, and what a bundle's screen shows.
@Suite struct ScreenBundlesTests {
  private func withStore(_ act: (BundleStore, URL, String) throws -> Void) throws {
    try MadeBundle.withFolder { folder in
      let store = BundleStore(folder.appendingPathComponent("bundles"))
      let kept = try store.add(ArraySource(MadeBundle.zip))
      try act(store, folder, kept.deletingPathExtension().lastPathComponent)
    }
  }

  @Test func theListSaysOfEachBundleWhatIsInIt() throws {
    try withStore { store, folder, hash in
      let list = KeptBundle.all(store, jobs: folder.appendingPathComponent("jobs"))
      let bundle = try MadeBundle.bundle()
      #expect(list.map(\.sha256) == [hash])
      #expect(list[0].name == bundle.content.name)
      #expect(list[0].facts.contains(" photo"))
      #expect(list[0].reason == nil)
    }
  }

  @Test func aKeptFileThatIsDamagedStaysInTheListAndSaysWhy() throws {
    try withStore { store, folder, _ in
      let hash = String(repeating: "b", count: 64)
      try Data("no zip".utf8).write(to: store.file(hash))
      let damaged = KeptBundle.all(store, jobs: folder).first { $0.sha256 == hash }
      #expect(damaged?.reason?.hasPrefix("This is no bundle of PocketSeg") == true)
    }
  }

  @Test func whatAComputerLeftIsOfferedUntilItIsKept() throws {
    try MadeBundle.withFolder { pushed in
      let (new, old) = (String(repeating: "1", count: 64), String(repeating: "2", count: 64))
      for name in ["\(new).zip", "\(old).zip", "notes.zip", "\(new).json"] {
        try Data("zip".utf8).write(to: pushed.appendingPathComponent(name))
      }
      try Data().write(to: pushed.appendingPathComponent(String(repeating: "3", count: 64) + ".zip"))  // tidied up
      #expect(PushedBundles.waiting(in: pushed, kept: [old]) == [new])
      #expect(PushedBundles.waiting(in: pushed.appendingPathComponent("absent"), kept: []).isEmpty)
    }
  }

  @Test func eachFileHasItsRunsAndItsHash() throws {
    try withStore { store, _, hash in
      let facts = try BundleFacts.of(hash, store: store).get()
      let runs = facts.content.artifacts.indices.flatMap { facts.runs(of: $0) }
      #expect(runs.count == facts.content.job.runs.count)
      #expect(Set(runs.map(\.place)) == Set(facts.content.job.runs.indices))
      for place in facts.content.artifacts.indices {
        #expect(HashCheck.of(hash, artifact: place, store: store) == Marked(.good, "Hash verified"))
      }
      #expect(HashCheck.of(hash, artifact: 99, store: store).mark == .bad)
      #expect(HashCheck.of("../x", artifact: 0, store: store).mark == .bad)
      #expect(throws: (any Error).self) { try BundleFacts.of(String(repeating: "c", count: 64), store: store).get() }
    }
  }

  @Test func aFileIsUnpackedOnceAndThoseOfOthersAreRemoved() throws {
    try MadeBundle.withFolder { folder in
      let bundle = try MadeBundle.bundle()
      let old = folder.appendingPathComponent("old")
      try FileManager.default.createDirectory(at: old, withIntermediateDirectories: true)
      let file = try PreviewFile.unpack(0, of: bundle, into: folder)
      #expect(FileManager.default.fileExists(atPath: file.path))
      #expect(!FileManager.default.fileExists(atPath: old.path))
      #expect(try PreviewFile.unpack(0, of: bundle, into: folder) == file)
    }
  }
}
