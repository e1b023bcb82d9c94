// Enough of CoreML to run the examples: a model keeps the picture that it is given, and gives scores that were told it.

@_exported import CoreVideo
@_exported import Foundation

public final class MLModelConfiguration { public init() {} }
public final class MLPredictionOptions { public init() {} }

public struct MLImageConstraint { public let (pixelsHigh, pixelsWide): (Int, Int) }
public struct MLFeatureDescription { public let imageConstraint: MLImageConstraint? }
public struct MLModelDescription { public let inputDescriptionsByName: [String: MLFeatureDescription] }

/// Scores, 1 x classes x height x width, of whatever type; each row is followed by three numbers that are none.
public final class MLMultiArray {
  public let shape: [NSNumber]
  public let strides: [NSNumber]
  let memory: [UInt8]

  init(_ shape: [Int], _ scores: [UInt8]) {
    let row = shape[3] + 3
    let sizeBytes = scores.count / shape.reduce(1, *)
    self.shape = shape.map { NSNumber(value: $0) }
    strides = [shape[1] * shape[2] * row, shape[2] * row, row, 1].map { NSNumber(value: $0) }
    var padded: [UInt8] = []
    for begin in Swift.stride(from: 0, to: scores.count, by: shape[3] * sizeBytes) {
      padded += scores[begin..<begin + shape[3] * sizeBytes] + [UInt8](repeating: 0xFF, count: 3 * sizeBytes)
    }
    memory = padded
  }

  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try memory.withUnsafeBytes(body)
  }
}

public struct MLShapedArray<Scalar> {
  public let scalars: [Scalar]
}

extension MLShapedArray where Scalar == Float {
  public init(_ array: MLMultiArray) {
    let shape = array.shape.map(\.intValue)
    scalars = (0..<shape.reduce(1, *)).map { place in
      let at = place / shape[3] * (shape[3] + 3) + place % shape[3]
      return array.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4 * at, as: Float.self) }
    }
  }
}

public struct MLFeatureValue {
  public var multiArrayValue: MLMultiArray?
  var buffer: CVPixelBuffer?

  public init(pixelBuffer: CVPixelBuffer) { buffer = pixelBuffer }
  init(_ array: MLMultiArray) { multiArrayValue = array }
}

public protocol MLFeatureProvider { func featureValue(for name: String) -> MLFeatureValue? }

public struct MLDictionaryFeatureProvider: MLFeatureProvider {
  let values: [String: MLFeatureValue]

  public init(dictionary: [String: MLFeatureValue]) throws { values = dictionary }
  public func featureValue(for name: String) -> MLFeatureValue? { values[name] }
}

public final class MLModel {
  /// What the next model is, and what it gives.
  nonisolated(unsafe) public static var next = (heightPx: 0, widthPx: 0, shape: [0], scores: [UInt8]())
  public private(set) var seen: [UInt8] = []
  private let told = MLModel.next

  public static func compileModel(at package: URL) async throws -> URL { package.appendingPathExtension("compiled") }

  public static func load(contentsOf compiled: URL, configuration: MLModelConfiguration) async throws -> MLModel {
    precondition(compiled.pathExtension == "compiled")
    return MLModel()
  }

  public var modelDescription: MLModelDescription {
    let size = MLImageConstraint(pixelsHigh: told.heightPx, pixelsWide: told.widthPx)
    return MLModelDescription(inputDescriptionsByName: ["image": MLFeatureDescription(imageConstraint: size)])
  }

  public func prediction(
    from input: any MLFeatureProvider, options: MLPredictionOptions
  ) async throws -> any MLFeatureProvider {
    let buffer = input.featureValue(for: "image")!.buffer!
    precondition(buffer.width == told.widthPx && buffer.height == told.heightPx)
    seen = buffer.rgb()
    let array = MLMultiArray(told.shape, told.scores)
    return try MLDictionaryFeatureProvider(dictionary: ["logits": MLFeatureValue(array)])
  }
}
