import CoreGraphics
import CoreML
import CoreVideo
import Foundation

/// A package that PocketSeg exported, with scores as its output; Core Graphics shrinks the photo.
struct Segmenter {
  let model: MLModel

  init(package: URL) async throws {
    let compiled = try await MLModel.compileModel(at: package)  // seconds; keep what it makes for the next start
    model = try await MLModel.load(contentsOf: compiled, configuration: MLModelConfiguration())
  }

  /// The class of each pixel, row by row, at the size of the input.
  func segment(_ photo: CGImage) async throws -> [Int] {
    let size = model.modelDescription.inputDescriptionsByName["image"]!.imageConstraint!
    let (width, height, count) = (size.pixelsWide, size.pixelsHigh, size.pixelsWide * size.pixelsHigh)
    var buffer: CVPixelBuffer!
    _ = CVPixelBufferCreate(nil, width, height, kCVPixelFormatType_32BGRA, nil, &buffer)
    CVPixelBufferLockBaseAddress(buffer, [])
    let context = CGContext(
      data: CVPixelBufferGetBaseAddress(buffer), width: width, height: height, bitsPerComponent: 8,
      bytesPerRow: CVPixelBufferGetBytesPerRow(buffer), space: CGColorSpace(name: CGColorSpace.sRGB)!,
      bitmapInfo: CGBitmapInfo.byteOrder32Little.rawValue | CGImageAlphaInfo.noneSkipFirst.rawValue)
    context!.draw(photo, in: CGRect(x: 0, y: 0, width: width, height: height))
    CVPixelBufferUnlockBaseAddress(buffer, [])
    let input = try MLDictionaryFeatureProvider(dictionary: ["image": MLFeatureValue(pixelBuffer: buffer)])
    let output = try await model.prediction(from: input, options: MLPredictionOptions())
    let scores = MLShapedArray<Float>(output.featureValue(for: "logits")!.multiArrayValue!).scalars  // class by class
    return (0..<count).map { pixel in
      (1..<scores.count / count).reduce(0) { scores[$1 * count + pixel] > scores[$0 * count + pixel] ? $1 : $0 }
    }
  }
}
