import Foundation
import Testing

@testable import HarnessCore

/// What becomes of a run's class maps: which of them fail it, and how far they may be off.

/// An output whose first pixel has another class.
private func turned(_ output: RawOutput) -> RawOutput {
  let planeBytes = 4 * FakeBackend.heightPx * FakeBackend.widthPx
  let places = (0..<FakeBackend.classes).map { ($0 * planeBytes)..<($0 * planeBytes + 4) }
  var memory = output.memory
  for (place, other) in zip(places, places.dropFirst() + places.prefix(1)) {
    memory.replaceSubrange(place, with: output.memory[other])
  }
  return FakeBackend.output(memory)
}

@Test func aFirstPhotoThatComesOutOtherwiseAfterTheOthersFailsTheGoldenCheck() async throws {
  let photos = try MadeBundle.bundle().content.photos.count
  let job = try TestJob([("cpu", 1)])
  let launcher = InProcess()
  var reads = 0
  launcher.backend.change = { _, outputs in
    guard launcher.keys.last == "0-final" else { return outputs }
    reads += 1
    return reads == 1 + photos + 1 ? outputs.map(turned) : outputs  // after the first run, and each photo's
  }
  #expect(try await job.run(launcher) == .finished)
  let golden = try job.record(0).table("golden")
  #expect(golden.text("status") == "failed")
  #expect(golden.text("reason") == "photo 0 gave another class map when it was run again, after the others")
  #expect(golden.double("max_abs_error") == 0)  // each photo's own map is right
  #expect(reads == 1 + photos + 1)
}

@Test(arguments: [(.float32, false), (.float16, true), (.int8, true), (nil, true)] as [(Arithmetic?, Bool)])
func aMapMayBeOffByWhatTheCoarserOfTheFilesArithmeticAndTheAcceleratorsAllows(
  _ arithmetic: Arithmetic?, _ isNear: Bool
) throws {
  let bundle = try MadeBundle.bundle()
  let golden = bundle.content.golden[0]
  #expect(golden.arithmetic == .float32)
  let check = GoldenCheck(bundle, artifact: 0, accelerator: "cpu", arithmetic: arithmetic)
  for photo in bundle.content.photos.indices {
    let map = try bundle.classMap(golden.maps[photo], photo)
    var pixels = map.pixels
    if photo == 0 { for place in 0..<5 { pixels[place] = (pixels[place] + 1) % 4 } }  // 4 % of it
    try check.add(ClassMap(heightPx: map.heightPx, widthPx: map.widthPx, pixels: pixels))
  }
  #expect(check.result().status == (isNear ? .passed : .failed))
}

@Test(arguments: [(.float32, 0.01), (.float16, 0.0625), (.int8, 0.0625), (nil, 0.0625)] as [(Arithmetic?, Double)])
func aRecordSaysTheToleranceOfTheArithmeticThatRanTheFile(_ arithmetic: Arithmetic?, _ tolerance: Double) async throws {
  let job = try TestJob([("cpu", 1)])
  let backend = FakeBackend()
  backend.arithmetic = arithmetic
  #expect(try await job.run(InProcess(backend)) == .finished)
  #expect(try job.record(0).table("golden").double("tolerance") == tolerance)
}

@Test func aClassMapWithAClassThatThereIsNotFailsItsRun() async throws {
  let job = try TestJob()
  let launcher = InProcess()
  launcher.after = { key, answer in
    guard key.hasSuffix("final"), let run = Int(key.prefix(1)) else { return Ended(.answered) }
    let maps = answer.deletingLastPathComponent().appendingPathComponent("\(run)-maps")
    let file = [OutputCheck.file(maps, 0), OutputCheck.file(maps, 1), OutputCheck.again(maps)][run]
    let map = try ClassMapFile.decode([UInt8](Data(contentsOf: file)))
    let pixels = map.pixels.dropLast() + [UInt8(FakeBackend.classes)]
    let other = try ClassMap(heightPx: map.heightPx, widthPx: map.widthPx, pixels: Array(pixels))
    try AtomicFile.write(to: file, data: ClassMapFile.encode(other))
    return Ended(.answered)
  }
  #expect(try await job.run(launcher) == .finished)
  #expect(try job.statuses() == ["failed", "failed", "failed"])
  for run in 0...2 { #expect(try job.reason(run).hasSuffix("holds a class that there is not")) }
}

@Test func eachPhotosMapIsKeptAsItWasGivenUnderItsHash() async throws {
  let job = try TestJob([("cpu", 1)])
  #expect(try await job.run(InProcess()) == .finished)
  let bundle = try OpenBundle.open(job.root.appendingPathComponent("bundle.zip"))
  defer { bundle.close() }
  let photos = try job.record(0).table("bundle").tables("photos")
  #expect(photos.count == bundle.content.photos.count)
  for (place, photo) in photos.enumerated() {
    let name = photo.text("map_sha256")
    let data = try [UInt8](Data(contentsOf: job.results.appendingPathComponent("maps/\(name).runs")))
    #expect(Hashes.sha256(data) == name)
    #expect(try ClassMapFile.decode(data) == bundle.classMap(bundle.content.golden[0].maps[place], place))
    #expect(photo.double("agreement") == 1)
  }
}
