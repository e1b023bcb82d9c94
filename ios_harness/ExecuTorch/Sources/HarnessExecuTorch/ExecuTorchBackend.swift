#if canImport(ExecuTorch)
  import ExecuTorch
  import Foundation
  import HarnessCore

  /// A .pte on ExecuTorch; the file itself says who runs it, so what is asked must be what it was made for.
  public struct ExecuTorchBackend: Backend {
    public init() {}

    public var facts: RuntimeFacts {
      RuntimeFacts(name: "executorch", tool: "executorch", version: nil)
    }

    public func refusal(_ wanted: Wanted) -> String? {
      let manifest = wanted.manifest
      if manifest.target != "executorch" { return "it is a file for \(manifest.target), not for executorch" }
      if manifest.inputs.count != 1 { return "it takes \(manifest.inputs.count) inputs, and a photo fills one" }
      for spec in manifest.inputs + manifest.outputs where ElementKind(rawValue: spec.dtype) == nil {
        return "\(spec.name) is of \(spec.dtype), which ExecuTorch's Swift API does not have"
      }
      guard let file = try? FileHandle(forReadingFrom: wanted.file) else { return "the file is not there" }
      defer { try? file.close() }
      let head = (try? file.read(upToCount: 8)) ?? Data()
      return head.dropFirst(4).starts(with: "ET".utf8) ? nil : "its content is no file for executorch"
    }

    public func open(_ wanted: Wanted) async throws -> any Session {
      if let reason = refusal(wanted) { throw CannotRun(reason) }
      return try ExecuTorchSession(wanted)
    }
  }

  /// The types of numbers that a tensor may have here.
  enum ElementKind: String {
    case float32, float64, int32, int64, int8, uint8
  }

  /// Who runs a file, by the delegates that its method names.
  enum Delegates {
    /// What was asked, or `CannotRun` where the file was made for another.
    static func accelerator(_ asked: String, _ delegates: [String]) throws -> AcceleratorPart {
      let kinds = Set(delegates.map(kind)).subtracting(["cpu"])
      let made = kinds.count == 1 ? kinds.first ?? "cpu" : kinds.isEmpty ? "cpu" : "several"
      guard made == asked else {
        let names = delegates.isEmpty ? "no delegate" : delegates.joined(separator: ", ")
        throw CannotRun("the file was made for \(made) (\(names)); it cannot run on \(asked)")
      }
      let isCpu = asked == "cpu"
      let fallback =
        "ExecuTorch loaded \(delegates.joined(separator: ", ")) and does not say what it left to the processor"
      return AcceleratorPart(
        asked: asked, obtained: isCpu ? asked : nil, nodes: nil, nodesDelegated: nil,
        fallback: isCpu ? nil : fallback, arithmetic: nil)
    }

    private static func kind(_ delegate: String) -> String {
      switch delegate {
      case "XnnpackBackend": "cpu"
      case "MLXBackend", "MPSBackend": "gpu"
      default: "npu"
      }
    }
  }
#endif
