// Runs the examples on what each folder of the first argument holds; tests/test_ios_examples.py made it, and looks at it.

import CoreGraphics
import CoreML
import Foundation
import HarnessCore

func bytes(_ file: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: file)) }

func write(_ bytes: [UInt8], _ file: URL) throws { try Data(bytes).write(to: file) }

func run(_ folder: URL) async throws {
  let file = { (name: String) in folder.appendingPathComponent(name) }
  let sizes = try JSONDecoder().decode([String: [Int]].self, from: Data(bytes(file("sizes.json"))))
  guard let photo = sizes["photo"], let input = sizes["input"], let shape = sizes["scores"] else { return }
  let scores = try bytes(file("scores.bin"))
  MLModel.next = (heightPx: input[0], widthPx: input[1], shape: shape, scores: scores)
  let picture = try Picture(heightPx: photo[0], widthPx: photo[1], rgb: bytes(file("photo.bin")))
  let exact = try await ExactSegmenter(folder: folder)
  let map = try await exact.segment(picture)
  let seen = exact.model.seen
  try write(map.pixels, file("exact-map.bin"))
  try write(seen, file("exact-input.bin"))

  if scores.count != 4 * shape.reduce(1, *) { return }  // Core ML's own conversion of other types is not played
  let plain = try await Segmenter(package: folder)
  let classes = try await plain.segment(CGImage(width: input[1], height: input[0], rgb: seen))
  try write(classes.map { UInt8($0) }, file("plain-map.bin"))
  try write(plain.model.seen, file("plain-input.bin"))
}

let base = URL(fileURLWithPath: CommandLine.arguments[1], isDirectory: true)
for name in try FileManager.default.contentsOfDirectory(atPath: base.path).sorted() {
  try await run(base.appendingPathComponent(name, isDirectory: true))
}
