// A stand-in for Apple's module CoreML: what the sources use of it, each symbol with its declaration's name.

@_exported import CoreVideo
@_exported import Foundation
@_exported import FoundationOnApple

// objc: @enum MLComputeUnits
public enum MLComputeUnits: Int, Sendable {
  // objc: @enum MLComputeUnits.CPUOnly
  case cpuOnly = 0
  // objc: @enum MLComputeUnits.CPUAndGPU
  case cpuAndGPU = 1
  // objc: @enum MLComputeUnits.All
  case all = 2
  // objc: @enum MLComputeUnits.CPUAndNeuralEngine
  case cpuAndNeuralEngine = 3
}

// objc: @enum MLMultiArrayDataType
public enum MLMultiArrayDataType: Int, Sendable {
  // objc: @enum MLMultiArrayDataType.Double
  case double = 65600
  // objc: @enum MLMultiArrayDataType.Float32
  case float32 = 65568
  // objc: @enum MLMultiArrayDataType.Float16
  case float16 = 65552
  // objc: @enum MLMultiArrayDataType.Int32
  case int32 = 131104
  // objc: @enum MLMultiArrayDataType.Int8
  case int8 = 131080
}

// objc: @class MLModelConfiguration
open class MLModelConfiguration: NSObject {
  // objc: @property MLModelConfiguration.computeUnits
  open var computeUnits: MLComputeUnits = .all
}

// objc: @class MLPredictionOptions
open class MLPredictionOptions: NSObject {
  // objc: @property MLPredictionOptions.outputBackings
  open var outputBackings: [String: Any] = [:]
}

// objc: @class MLImageConstraint
open class MLImageConstraint: NSObject {
  // objc: @property MLImageConstraint.pixelsHigh
  open var pixelsHigh: Int { stub() }
  // objc: @property MLImageConstraint.pixelsWide
  open var pixelsWide: Int { stub() }
  // objc: @property MLImageConstraint.pixelFormatType
  open var pixelFormatType: OSType { stub() }
}

// objc: @class MLMultiArrayConstraint
open class MLMultiArrayConstraint: NSObject {
  // objc: @property MLMultiArrayConstraint.shape
  open var shape: [NSNumber] { stub() }
  // objc: @property MLMultiArrayConstraint.dataType
  open var dataType: MLMultiArrayDataType { stub() }
}

// objc: @class MLFeatureDescription
open class MLFeatureDescription: NSObject {
  // objc: @property MLFeatureDescription.imageConstraint
  open var imageConstraint: MLImageConstraint? { stub() }
  // objc: @property MLFeatureDescription.multiArrayConstraint
  open var multiArrayConstraint: MLMultiArrayConstraint? { stub() }
}

// objc: @class MLModelDescription
open class MLModelDescription: NSObject {
  // objc: @property MLModelDescription.inputDescriptionsByName
  open var inputDescriptionsByName: [String: MLFeatureDescription] { stub() }
  // objc: @property MLModelDescription.outputDescriptionsByName
  open var outputDescriptionsByName: [String: MLFeatureDescription] { stub() }
}

// objc: @class MLMultiArray
open class MLMultiArray: NSObject {
  // objc: -[MLMultiArray initWithShape:dataType:error:]
  public init(shape: [NSNumber], dataType: MLMultiArrayDataType) throws { stub() }
  // objc: @property MLMultiArray.dataType
  open var dataType: MLMultiArrayDataType { stub() }
  // objc: @property MLMultiArray.shape
  open var shape: [NSNumber] { stub() }
  // objc: @property MLMultiArray.strides
  open var strides: [NSNumber] { stub() }
}

extension MLMultiArray {
  // doc: https://developer.apple.com/documentation/coreml/mlmultiarray/withunsafebytes(_:)
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { stub() }
  // doc: https://developer.apple.com/documentation/coreml/mlmultiarray/withunsafemutablebytes(_:)
  public func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer, [Int]) throws -> R
  ) rethrows -> R { stub() }
}

// objc: @class MLFeatureValue
open class MLFeatureValue: NSObject {
  // objc: +[MLFeatureValue featureValueWithPixelBuffer:]
  public convenience init(pixelBuffer value: CVPixelBuffer) { stub() }
  // objc: +[MLFeatureValue featureValueWithMultiArray:]
  public convenience init(multiArray value: MLMultiArray) { stub() }
  // objc: @property MLFeatureValue.multiArrayValue
  open var multiArrayValue: MLMultiArray? { stub() }
}

// objc: @protocol MLFeatureProvider
public protocol MLFeatureProvider {
  // objc: -[MLFeatureProvider featureValueForName:]
  func featureValue(for featureName: String) -> MLFeatureValue?
}

// objc: @class MLDictionaryFeatureProvider
open class MLDictionaryFeatureProvider: NSObject, MLFeatureProvider {
  // objc: -[MLDictionaryFeatureProvider initWithDictionary:error:]
  public init(dictionary: [String: Any]) throws { stub() }
  // objc: -[MLDictionaryFeatureProvider featureValueForName:]
  public func featureValue(for featureName: String) -> MLFeatureValue? { stub() }
}

// objc: @class MLModel
open class MLModel: NSObject {
  // objc: @property MLModel.modelDescription
  open var modelDescription: MLModelDescription { stub() }
  // objc: +[MLModel compileModelAtURL:completionHandler:]
  open class func compileModel(at modelURL: URL) async throws -> URL { stub() }
  // objc: +[MLModel loadContentsOfURL:configuration:completionHandler:]
  open class func load(contentsOf url: URL, configuration: MLModelConfiguration) async throws -> MLModel { stub() }
  // objc: -[MLModel predictionFromFeatures:options:completionHandler:]
  open func prediction(
    from input: any MLFeatureProvider,
    options: MLPredictionOptions
  ) async throws -> any MLFeatureProvider { stub() }
}
