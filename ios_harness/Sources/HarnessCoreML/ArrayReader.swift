#if canImport(CoreML)
  import CoreML
  import Foundation
  import HarnessCore

  /// The numbers of an array, by Core ML's type. Throws `CannotRun` for a type that this app does not know.
  struct ArrayType {
    let code: String
    let sizeBytes: Int

    init(_ type: MLMultiArrayDataType) throws {
      switch type {
      case .float16: (code, sizeBytes) = ("float16", 2)
      case .float32: (code, sizeBytes) = ("float32", 4)
      case .double: (code, sizeBytes) = ("float64", 8)
      case .int32: (code, sizeBytes) = ("int32", 4)
      default: throw CannotRun("Core ML gives numbers of type \(type.rawValue), which this app does not know")
      }
    }
  }

  /// Copies arrays that Core ML gave: their raw memory with its strides, never as numbers of an assumed type.
  enum ArrayReader {
    /// Copy one. Rows may be padded, so what is read of it goes by the strides. Throws `CannotRun`.
    static func copy(_ array: MLMultiArray, name: String) throws -> RawOutput {
      let type = try ArrayType(array.dataType)
      return RawOutput(
        name: name,
        dtype: type.code,
        shape: array.shape.map(\.intValue),
        stridesBytes: array.strides.map { $0.intValue * type.sizeBytes },
        scale: nil,
        zeroPoint: nil,
        memory: array.withUnsafeBytes { [UInt8]($0) }
      )
    }
  }
#endif
