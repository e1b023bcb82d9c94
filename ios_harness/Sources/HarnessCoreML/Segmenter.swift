#if canImport(CoreML)
  import Foundation
  import HarnessCore

  /// A file that is loaded once to look at what it gives, for the screens of photos and of the camera.
  public actor Segmenter {
    /// A class map, and what that one run took in ms.
    public struct Looked: Sendable {
      public let map: ClassMap
      public let ms: Double
    }

    public nonisolated let heightPx: Int
    public nonisolated let widthPx: Int
    private let manifest: Manifest
    private let session: any Session
    private var isBusy = false

    /// Load a file on a backend. Throws `CannotRun`, `Refused`, and what the runtime throws.
    public init(backend: any Backend, wanted: Wanted) async throws {
      if let reason = backend.refusal(wanted) { throw CannotRun(reason) }
      manifest = wanted.manifest
      heightPx = wanted.manifest.inputHeightPx
      widthPx = wanted.manifest.inputWidthPx
      session = try await backend.open(wanted)
    }

    /// Run on a picture of the input's size; the map is of the size that is asked for. Throws `CannotRun` while it runs.
    public func look(_ picture: Picture, heightPx: Int, widthPx: Int) async throws -> Looked {
      if isBusy { throw CannotRun("it is still at work on another picture") }
      isBusy = true
      defer { isBusy = false }
      try session.fill(InputTensor.bytes(picture, manifest.inputs[0]))
      let began = ContinuousClock.now
      try await session.run()
      let ms = (ContinuousClock.now - began).ms
      let found = try Segmentation.classMap(session.outputs(), manifest: manifest, heightPx: heightPx, widthPx: widthPx)
      if found.notFinite > 0 { throw CannotRun("\(found.notFinite) scores are no numbers") }
      return Looked(map: found.classMap, ms: ms)
    }
  }
#endif
