#if canImport(CoreML)
  import CoreML
  import CoreVideo
  import Foundation
  import HarnessCore

  /// The one input of a model, whose memory is made once and filled for each run.
  protocol ModelInput: AnyObject {
    var value: MLFeatureValue { get }

    /// Put bytes in place. Throws `DataRefused` where they are not of the input's size.
    func fill(_ bytes: [UInt8]) throws
  }

  /// An input that is a picture, as the packages of `pocketseg export` have it: RGB bytes go into a BGRA pixel buffer.
  final class PictureInput: ModelInput {
    let value: MLFeatureValue
    private let buffer: CVPixelBuffer
    private let heightPx: Int
    private let widthPx: Int

    /// Throws `CannotRun` for a picture of another kind, or one for which there is no memory.
    init(_ constraint: MLImageConstraint) throws {
      heightPx = constraint.pixelsHigh
      widthPx = constraint.pixelsWide
      guard constraint.pixelFormatType == kCVPixelFormatType_32BGRA else {
        throw CannotRun("it takes pictures of format \(constraint.pixelFormatType), not of colours")
      }
      let attributes = [kCVPixelBufferIOSurfacePropertiesKey: [:] as CFDictionary] as CFDictionary
      var made: CVPixelBuffer?
      let code = CVPixelBufferCreate(nil, widthPx, heightPx, kCVPixelFormatType_32BGRA, attributes, &made)
      guard code == kCVReturnSuccess, let made else {
        throw CannotRun("there is no memory for its input: error \(code)")
      }
      buffer = made
      value = MLFeatureValue(pixelBuffer: made)
    }

    func fill(_ bytes: [UInt8]) throws {
      guard CVPixelBufferLockBaseAddress(buffer, []) == kCVReturnSuccess else { throw CannotRun("its input is locked") }
      defer { CVPixelBufferUnlockBaseAddress(buffer, []) }
      guard let base = CVPixelBufferGetBaseAddress(buffer) else { throw CannotRun("its input has no memory") }
      let stride = CVPixelBufferGetBytesPerRow(buffer)
      let memory = UnsafeMutableRawBufferPointer(start: base, count: stride * CVPixelBufferGetHeight(buffer))
      try InputMemory.writeBgra(bytes, heightPx: heightPx, widthPx: widthPx, into: memory, rowStrideBytes: stride)
    }
  }

  /// An input of numbers, written where the array's own strides put them.
  final class ArrayInput: ModelInput {
    let value: MLFeatureValue
    private let array: MLMultiArray
    private let shape: [Int]
    private let itemBytes: Int

    init(_ constraint: MLMultiArrayConstraint, spec: TensorSpec) throws {
      let type = try ArrayType(constraint.dataType)
      guard type.code == spec.dtype else {
        throw CannotRun("it takes \(type.code), and its manifest says \(spec.dtype)")
      }
      shape = spec.shape
      itemBytes = type.sizeBytes
      array = try MLMultiArray(shape: spec.shape.map { NSNumber(value: $0) }, dataType: constraint.dataType)
      value = MLFeatureValue(multiArray: array)
    }

    func fill(_ bytes: [UInt8]) throws {
      try array.withUnsafeMutableBytes { memory, strides in
        let stridesBytes = strides.map { $0 * itemBytes }
        try InputMemory.write(bytes, shape: shape, stridesBytes: stridesBytes, itemBytes: itemBytes, into: memory)
      }
    }
  }
#endif
