#if canImport(ExecuTorch)
  import ExecuTorch
  import Foundation
  import HarnessCore

  /// A loaded .pte. A module is not for two threads at once: one caller at a time fills, runs and reads it.
  final class ExecuTorchSession: Session {
    let accelerator: AcceleratorPart
    let threads: Int? = nil
    let opening: OpeningTimes
    private let module: Module
    private let specs: [TensorSpec]
    private let memory: UnsafeMutableRawBufferPointer
    private let input: any ValueConvertible
    private var found: [Value] = []

    init(_ wanted: Wanted) throws {
      let began = ContinuousClock.now
      module = Module(filePath: wanted.file.path, loadMode: .mmap)
      let made: AcceleratorPart
      do {
        try module.load("forward")
        made = try Delegates.accelerator(wanted.accelerator, module.methodMetadata("forward").backendNames)
      } catch let error as CannotRun {
        throw error
      } catch {
        throw CannotRun("ExecuTorch did not load the file: \(Reason.of(error))")
      }
      let took = (ContinuousClock.now - began).components
      opening = OpeningTimes(
        compileMs: nil, loadMs: Double(took.seconds) * 1e3 + Double(took.attoseconds) / 1e15)
      accelerator = made
      specs = wanted.manifest.outputs
      (input, memory) = try Self.input(wanted.manifest.inputs[0])
    }

    deinit { memory.deallocate() }

    func fill(_ bytes: [UInt8]) throws {
      guard bytes.count == memory.count else {
        throw DataRefused(.otherSize, "an input of \(memory.count) bytes takes no \(bytes.count)")
      }
      memory.copyBytes(from: bytes)
    }

    /// An empty list of inputs would run on made-up ones in some of ExecuTorch's interfaces: there is always one.
    func run() async throws {
      do {
        found = try module.forward([input])
      } catch {
        throw CannotRun("ExecuTorch did not run it: \(Reason.of(error))")
      }
    }

    /// Copies: what ExecuTorch gives is a view of memory that the next run writes over.
    func outputs() throws -> [RawOutput] {
      guard found.count == specs.count else {
        throw CannotRun("it gives \(found.count) outputs, and its manifest says \(specs.count)")
      }
      return try zip(found, specs).map { value, spec in
        switch ElementKind(rawValue: spec.dtype) {
        case .float32: try Self.copy(value, spec, of: Float.self)
        case .float64: try Self.copy(value, spec, of: Double.self)
        case .int32: try Self.copy(value, spec, of: Int32.self)
        case .int64: try Self.copy(value, spec, of: Int64.self)
        case .int8: try Self.copy(value, spec, of: Int8.self)
        case .uint8: try Self.copy(value, spec, of: UInt8.self)
        case nil: throw CannotRun("\(spec.name) is of \(spec.dtype)")
        }
      }
    }

    private static func copy<Number: Scalar>(_ value: Value, _ spec: TensorSpec, of: Number.Type) throws -> RawOutput {
      let given: Tensor<Number>? = value.tensor()
      guard let given else { throw CannotRun("\(spec.name) is no tensor of \(spec.dtype)") }
      return RawOutput(
        name: spec.name, dtype: spec.dtype, shape: given.shape,
        stridesBytes: given.strides.map { $0 * MemoryLayout<Number>.size }, scale: spec.scale,
        zeroPoint: spec.zeroPoint,
        memory: given.withUnsafeBytes { [UInt8](UnsafeRawBufferPointer($0)) })
    }

    private static func input(_ spec: TensorSpec) throws -> (any ValueConvertible, UnsafeMutableRawBufferPointer) {
      switch ElementKind(rawValue: spec.dtype) {
      case .float32: try input(spec, of: Float.self)
      case .float64: try input(spec, of: Double.self)
      case .int32: try input(spec, of: Int32.self)
      case .int64: try input(spec, of: Int64.self)
      case .int8: try input(spec, of: Int8.self)
      case .uint8: try input(spec, of: UInt8.self)
      case nil: throw CannotRun("\(spec.name) is of \(spec.dtype)")
      }
    }

    /// A tensor over memory of our own, which each run reads anew.
    private static func input<Number: Scalar>(
      _ spec: TensorSpec, of: Number.Type
    ) throws -> (any ValueConvertible, UnsafeMutableRawBufferPointer) {
      var count = MemoryLayout<Number>.size
      for side in spec.shape {
        let (product, isTooLarge) = count.multipliedReportingOverflow(by: side)
        guard side > 0, !isTooLarge, product <= 1 << 30 else { throw CannotRun("its input is of \(spec.shape)") }
        count = product
      }
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
      guard let base = memory.baseAddress else { throw CannotRun("there is no memory for its input") }
      return (Tensor<Number>(bytesNoCopy: base, shape: spec.shape), memory)
    }
  }

  /// ExecuTorch's errors in words; the numbers are those of its runtime's error codes.
  enum Reason {
    static func of(_ error: any Error) -> String {
      let code = (error as NSError).code
      let words =
        switch code {
        case 0x12: "invalid argument"
        case 0x14: "operator missing; were its kernels linked with -all_load?"
        case 0x20: "not found; was its backend linked with -all_load?"
        default: error.localizedDescription
        }
      return "\(words) (error 0x\(String(code, radix: 16)))"
    }
  }
#endif
