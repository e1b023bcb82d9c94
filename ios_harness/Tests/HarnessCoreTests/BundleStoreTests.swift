import Foundation
import Testing

@testable import HarnessCore

/// Bundles that are kept: by hash, whole, and never replaced.
@Suite struct BundleStoreTests {
  @Test func aBundleThatComesAgainLeavesTheFirstAsItIs() throws {
    try MadeBundle.withFolder { root in
      let store = BundleStore(root)
      let first = try store.add(ArraySource(MadeBundle.zip))
      let place = try store.file(MadeBundle.bundle().sha256)
      #expect(first == place)
      let moment = Date(timeIntervalSince1970: 1_000)
      try FileManager.default.setAttributes([.modificationDate: moment], ofItemAtPath: first.path)
      #expect(try store.add(first) == first)
      #expect(try FileManager.default.attributesOfItem(atPath: first.path)[.modificationDate] as? Date == moment)
      _ = try store.add(ArraySource(MadeBundle.zipOf(leastNetworkAgreement: 0.5)))
      #expect(store.kept().count == 2)
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).count == 2)
      try store.remove(MadeBundle.bundle().sha256)
      #expect(store.kept().count == 1)
    }
  }

  @Test func aBundleThatIsDamagedLeavesNothing() throws {
    try MadeBundle.withFolder { root in
      var damaged = MadeBundle.zip
      damaged[60] ^= 1
      expectRefused("wrong-crc") { _ = try BundleStore(root).add(ArraySource(damaged)) }
      expectRefused("truncated") { _ = try BundleStore(root).add(ArraySource([])) }
      let left = try FileManager.default.contentsOfDirectory(atPath: root.path)
      #expect(left == [])
    }
  }

  @Test(arguments: ["", "..", "../x", String(repeating: "A", count: 64), String(repeating: "\u{660}", count: 64)])
  func aNameThatIsNoHashHasNoPlace(_ name: String) {
    expectRefused("bad-name") { _ = try BundleStore(URL(fileURLWithPath: "/tmp")).file(name) }
  }

  @Test func aBundleThatIsOpenReadsOnAfterItIsRemoved() throws {
    try MadeBundle.withFolder { root in
      let store = BundleStore(root)
      let bundle = try OpenBundle.open(try store.add(ArraySource(MadeBundle.zip)))
      try store.remove(bundle.sha256)
      try bundle.verify()
      bundle.close()
      expectRefused("cannot-read") { try bundle.verify() }
    }
  }

  @Test func aFileOfABundleIsWrittenOnlyWhereItIsWhatWasListed() throws {
    try MadeBundle.withFolder { folder in
      let bundle = try MadeBundle.bundle()
      for name in bundle.content.files.keys {
        let file = folder.appendingPathComponent(name)
        try bundle.extract(name, to: file)
        #expect(try Array(Data(contentsOf: file)) == MadeBundle.files[name])
      }
      let file = folder.appendingPathComponent("none")
      expectRefused("not-listed") { try bundle.extract("none", to: file) }
      expectRefused("not-listed") { _ = try bundle.read(OpenBundle.name) }
      #expect(!FileManager.default.fileExists(atPath: file.path))
    }
  }
}
