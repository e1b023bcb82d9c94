import Foundation

/// What a file gave is none of what its manifest promises, or no number.
struct WrongOutput: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// What is looked at after the timing, on the session that was timed: every photo's class map, and whole passages.
///
/// docs/bundle.md, "What an app does", 3. The maps are judged once all files have their last turn; here they are only
/// made and kept.
struct OutputCheck {
  let bundle: OpenBundle
  let request: LaunchRequest
  let manifest: Manifest
  let input: Int
  let session: any Session
  let device: any Device
  let start: Int

  private static let passages = 3

  /// Keep each photo's class map, and the first's once more: A, B, ..., A. An output is read before the next run.
  func keepMaps() async throws {
    let photos = bundle.content.photos.count
    for place in 0...photos {
      let photo = place % photos
      try session.fill(Self.input(bundle, manifest, input, photo))
      try await session.run()
      let map = try map(photo)
      let file = place == photos ? Self.again(request.maps) : Self.file(request.maps, photo)
      try AtomicFile.write(to: file, data: ClassMapFile.encode(map))
    }
  }

  /// Go the whole way from the first photo's file to its class map, some times; never where it cannot be decoded.
  func passages() async throws -> [Passage] {
    do {
      var found: [Passage] = []
      for _ in 0..<Self.passages { found.append(try await passage()) }
      return found
    } catch is CannotRun {
      return []
    }
  }

  private func passage() async throws -> Passage {
    let began = Ticks.now()
    let decoded = try device.decode(request.photo)
    let photo = try Resize.resize(decoded, heightPx: manifest.inputHeightPx, widthPx: manifest.inputWidthPx)
    try session.fill(InputTensor.bytes(photo, manifest.inputs[0]))
    let filled = Ticks.now()
    try await session.run()
    let ran = Ticks.now()
    _ = try map(0)
    let done = Ticks.now()
    return Passage(
      atS: Ticks.ms(start, began) / 1e3, preMs: Ticks.ms(began, filled), executeMs: Ticks.ms(filled, ran),
      postMs: Ticks.ms(ran, done))
  }

  private func map(_ photo: Int) throws -> ClassMap {
    let size = bundle.content.photos[photo]
    let outputs = try Self.outputs(session)
    let found = try Segmentation.classMap(outputs, manifest: manifest, heightPx: size.heightPx, widthPx: size.widthPx)
    if found.notFinite > 0 { throw WrongOutput("photo \(photo) gave \(found.notFinite) values that are not finite") }
    return found.classMap
  }

  /// The last run's outputs, of which there is at least one.
  static func outputs(_ session: any Session) throws -> [RawOutput] {
    let found = try session.outputs()
    if found.isEmpty { throw WrongOutput("the runtime gave no output") }
    return found
  }

  /// The bytes of a photo as the file takes them; none is no photo.
  static func input(_ bundle: OpenBundle, _ manifest: Manifest, _ input: Int, _ photo: Int) throws -> [UInt8] {
    let bytes = try InputTensor.bytes(bundle.photo(input, photo), manifest.inputs[0])
    if bytes.isEmpty { throw WrongOutput("photo \(photo) gives an empty input") }
    return bytes
  }

  /// Where a photo's map lies.
  static func file(_ maps: URL, _ photo: Int) -> URL { maps.appendingPathComponent("\(photo).runs") }

  /// Where the first photo's second map lies.
  static func again(_ maps: URL) -> URL { maps.appendingPathComponent("again.runs") }
}
