// Runs the examples on what each folder of the first argument holds; tests/test_ios_examples.py made it, and looks at it.

import CoreGraphics
import CoreML
import Foundation
import HarnessCore

func bytes(_ file: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: file)) }

func write(_ bytes: [UInt8], _ file: URL) throws { try Data(bytes).write(to: file) }

let base = URL(fileURLWithPath: CommandLine.arguments[1], isDirectory: true)
for name in try FileManager.default.contentsOfDirectory(atPath: base.path).sorted() {
  let folder = base.appendingPathComponent(name, isDirectory: true)
  let sizes = try JSONDecoder().decode(
    [String: [Int]].self, from: Data(bytes(folder.appendingPathComponent("sizes.json"))))
  let (photo, input, shape) = (sizes["photo"]!, sizes["input"]!, sizes["scores"]!)
  let scores = try bytes(folder.appendingPathComponent("scores.bin")).withUnsafeBytes {
    (0..<$0.count / 4).map { [memory = $0] in memory.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
  }
  MLModel.next = (heightPx: input[0], widthPx: input[1], shape: shape, scores: scores)
  let picture = try Picture(
    heightPx: photo[0], widthPx: photo[1], rgb: bytes(folder.appendingPathComponent("photo.bin")))
  let exact = try await ExactSegmenter(folder: folder)
  try write(exact.segment(picture).pixels, folder.appendingPathComponent("exact-map.bin"))
  try write(exact.model.seen, folder.appendingPathComponent("exact-input.bin"))

  let plain = try await Segmenter(package: folder)
  let image = CGImage(width: input[1], height: input[0], rgb: exact.model.seen)
  try await write(plain.segment(image).map { UInt8($0) }, folder.appendingPathComponent("plain-map.bin"))
  try write(plain.model.seen, folder.appendingPathComponent("plain-input.bin"))
}
