import CoreML
import CoreVideo
import Foundation
import HarnessCore

/// A package beside its manifest.json, to the last bit as docs/preprocessing.md has it.
struct ExactSegmenter {
  let model: MLModel
  let manifest: Manifest
  init(folder: URL) async throws {
    manifest = try ManifestReader.read([UInt8](Data(contentsOf: folder.appendingPathComponent("manifest.json"))))
    let compiled = try await MLModel.compileModel(at: folder.appendingPathComponent(manifest.file))
    model = try await MLModel.load(contentsOf: compiled, configuration: MLModelConfiguration())
  }

  func segment(_ rgb: Picture) async throws -> ClassMap {  // upright, of any size; the map is of the same
    let (height, width, wanted) = (manifest.inputHeightPx, manifest.inputWidthPx, manifest.outputs[0])
    let small = try Resize.resize(rgb, heightPx: height, widthPx: width)
    var buffer: CVPixelBuffer!
    _ = CVPixelBufferCreate(nil, width, height, kCVPixelFormatType_32BGRA, nil, &buffer)
    CVPixelBufferLockBaseAddress(buffer, [])
    let row = CVPixelBufferGetBytesPerRow(buffer)
    let memory = UnsafeMutableRawBufferPointer(start: CVPixelBufferGetBaseAddress(buffer), count: row * height)
    try InputMemory.writeBgra(small.rgb, heightPx: height, widthPx: width, into: memory, rowStrideBytes: row)
    CVPixelBufferUnlockBaseAddress(buffer, [])
    let input = try MLDictionaryFeatureProvider(dictionary: ["image": MLFeatureValue(pixelBuffer: buffer)])
    let output = try await model.prediction(from: input, options: MLPredictionOptions())
    let array = output.featureValue(for: wanted.name)!.multiArrayValue!
    let raw = RawOutput(
      name: wanted.name, dtype: wanted.dtype, shape: array.shape.map(\.intValue),
      stridesBytes: array.strides.map { $0.intValue * ElementType.named(wanted.dtype)!.sizeBytes },
      scale: nil, zeroPoint: nil, memory: array.withUnsafeBytes { [UInt8]($0) })
    return try Segmentation.classMap([raw], manifest: manifest, heightPx: rgb.heightPx, widthPx: rgb.widthPx).classMap
  }
}
