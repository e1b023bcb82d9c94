import HarnessCore
import HarnessCoreML
import XCTest

/// How long one answer of the first Core ML file takes that a computer pushed here; without a bundle there is nothing to run.
final class FilePerformanceTests: XCTestCase {
  private var session: (any Session)?

  override func setUp() async throws {
    let opened = try await opened()
    try await opened.run()
    session = opened
  }

  override func tearDown() async throws { session = nil }

  /// Measured on the main thread, which XCTest wants, while the file runs on another.
  func testOneAnswerOfAFile() throws {
    let session = try XCTUnwrap(session)
    measure {
      let answered = expectation(description: "answered")
      Task.detached {
        try? await session.run()
        answered.fulfill()
      }
      wait(for: [answered], timeout: 60)
    }
    XCTAssertFalse(try session.outputs().isEmpty)
  }

  private func opened() async throws -> any Session {
    let documents = FileManager.default.urls(for: .documentDirectory, in: .userDomainMask)[0]
    let pushed = documents.appendingPathComponent("pushed", isDirectory: true)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: pushed.path)) ?? []
    guard let name = names.sorted().first(where: { $0.hasSuffix(".zip") }) else {
      throw XCTSkip("there is no bundle in Documents/pushed; push one first")
    }
    let bundle = try OpenBundle.open(pushed.appendingPathComponent(name))
    defer { bundle.close() }
    let backend = CoreMLBackend()
    let files = bundle.content.artifacts.indices
    guard let place = files.first(where: { backend.isFor(bundle.content.artifacts[$0].runtime) }) else {
      throw XCTSkip("the bundle has no file for Core ML")
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("performance", isDirectory: true)
    let wanted = Wanted(
      file: try PreviewFile.unpack(place, of: bundle, into: folder), manifest: try bundle.manifest(place),
      accelerator: "cpu", threads: 1, folder: folder.appendingPathComponent("compiled", isDirectory: true))
    let session = try await backend.open(wanted)
    let photo = try bundle.photo(bundle.content.artifacts[place].input, 0)
    try session.fill(InputTensor.bytes(photo, wanted.manifest.inputs[0]))
    return session
  }
}
