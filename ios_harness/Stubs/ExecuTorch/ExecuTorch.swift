// A stand-in for ExecuTorch's module, which no registry that is read here has: each symbol names its page.

@_exported import Foundation
@_exported import FoundationOnApple

// doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
public protocol Scalar {}
extension Float: Scalar {}
extension Double: Scalar {}
extension Int32: Scalar {}
extension Int64: Scalar {}
extension Int8: Scalar {}
extension UInt8: Scalar {}

// doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
public protocol ValueConvertible {}

// doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
public final class Tensor<T: Scalar>: ValueConvertible {
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  public init(bytesNoCopy pointer: UnsafeMutableRawPointer, shape: [Int]) { stub() }
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  public var shape: [Int] { stub() }
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  public var strides: [Int] { stub() }
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  public func withUnsafeBytes<R>(_ body: (UnsafeBufferPointer<T>) throws -> R) rethrows -> R { stub() }
}

// doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
public final class Value: NSObject, ValueConvertible {
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  public func tensor<T: Scalar>() -> Tensor<T>? { stub() }
}

// doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
public enum ModuleLoadMode: Int, Sendable {
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  case file = 0
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  case mmap = 1
}

// doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
public final class MethodMetadata: NSObject {
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  public var backendNames: [String] { stub() }
}

// doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
open class Module: NSObject {
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  public init(filePath: String, loadMode: ModuleLoadMode) { stub() }
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  open func load(_ method: String) throws { stub() }
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  open func methodMetadata(_ method: String) throws -> MethodMetadata { stub() }
  // doc: https://docs.pytorch.org/executorch/stable/using-executorch-ios.html
  public func forward(_ inputs: [any ValueConvertible]) throws -> [Value] { stub() }
}
