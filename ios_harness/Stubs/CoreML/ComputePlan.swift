// Core ML's Swift-only API of plans: no Objective-C name to hold it against, so each symbol names its page.

import Foundation

// objc: @class MLCPUComputeDevice
public final class MLCPUComputeDevice: NSObject {}

// objc: @class MLGPUComputeDevice
public final class MLGPUComputeDevice: NSObject {}

// objc: @class MLNeuralEngineComputeDevice
public final class MLNeuralEngineComputeDevice: NSObject {}

// doc: https://developer.apple.com/documentation/coreml/mlcomputedevice
public enum MLComputeDevice {
  // doc: https://developer.apple.com/documentation/coreml/mlcomputedevice/cpu(_:)
  case cpu(MLCPUComputeDevice)
  // doc: https://developer.apple.com/documentation/coreml/mlcomputedevice/gpu(_:)
  case gpu(MLGPUComputeDevice)
  // doc: https://developer.apple.com/documentation/coreml/mlcomputedevice/neuralengine(_:)
  case neuralEngine(MLNeuralEngineComputeDevice)
}

// doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum
public enum MLModelStructure {
  // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/neuralnetwork(_:)
  case neuralNetwork(NeuralNetwork)
  // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/program(_:)
  case program(Program)
  // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/pipeline(_:)
  case pipeline(Pipeline)
  // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/unsupported
  case unsupported

  // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/neuralnetwork
  public struct NeuralNetwork {}

  // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/pipeline
  public struct Pipeline {}

  // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/program
  public struct Program {
    // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/program/functions
    public let functions: [String: Function]

    // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/program/function
    public struct Function {
      // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/program/function/block
      public let block: Block
    }

    // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/program/block
    public struct Block {
      // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/program/block/operations
      public let operations: [Operation]
    }

    // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/program/operation
    public struct Operation {
      // doc: https://developer.apple.com/documentation/coreml/mlmodelstructure-swift.enum/program/operation/blocks
      public let blocks: [Block]
    }
  }
}

// doc: https://developer.apple.com/documentation/coreml/mlcomputeplan-1w21n
@available(iOS 17.4, macOS 14.4, *)
public class MLComputePlan {
  // doc: https://developer.apple.com/documentation/coreml/mlcomputeplan-1w21n/deviceusage
  public struct DeviceUsage {
    // doc: https://developer.apple.com/documentation/coreml/mlcomputeplan-1w21n/deviceusage/preferred
    public let preferred: MLComputeDevice
  }

  // doc: https://developer.apple.com/documentation/coreml/mlcomputeplan-1w21n/load(contentsof:configuration:)
  public static func load(
    contentsOf url: URL,
    configuration: MLModelConfiguration
  ) async throws -> MLComputePlan { stub() }
  // doc: https://developer.apple.com/documentation/coreml/mlcomputeplan-1w21n/modelstructure
  public var modelStructure: MLModelStructure { stub() }
  // doc: https://developer.apple.com/documentation/coreml/mlcomputeplan-1w21n/deviceusage(for:)-7cdlm
  public func deviceUsage(for operation: MLModelStructure.Program.Operation) -> DeviceUsage? { stub() }
}
