// A stand-in for the shaped arrays of CoreML, which are Swift's alone.

import Foundation

// doc: https://developer.apple.com/documentation/coreml/mlshapedarrayscalar
public protocol MLShapedArrayScalar {}

// doc: https://developer.apple.com/documentation/coreml/mlshapedarrayscalar
extension Float: MLShapedArrayScalar {}

// doc: https://developer.apple.com/documentation/coreml/mlshapedarray
public struct MLShapedArray<Scalar: MLShapedArrayScalar> {
  // doc: https://developer.apple.com/documentation/coreml/mlshapedarray/init(_:)
  public init(_ multiArray: MLMultiArray) { stub() }
  // doc: https://developer.apple.com/documentation/coreml/mlshapedarrayprotocol/scalars
  public var scalars: [Scalar] { stub() }
}
