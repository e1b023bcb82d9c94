#if canImport(CoreML)
  import CoreML
  import Foundation
  import HarnessCore

  /// An .mlpackage on Core ML, by the compute units that were asked for.
  ///
  /// Core ML is a part of the system and bears no version of its own: the system's stands for it.
  public struct CoreMLBackend: Backend {
    public init() {}

    public var facts: RuntimeFacts {
      RuntimeFacts(name: "coreml", tool: "Core ML", version: AppleSystem.name)
    }

    public func refusal(_ wanted: Wanted) -> String? {
      let manifest = wanted.manifest
      if manifest.target != "coreml" { return "it is a file for \(manifest.target), not for coreml" }
      if manifest.inputs.count != 1 { return "it takes \(manifest.inputs.count) inputs, and a photo fills one" }
      if units(wanted.accelerator) == nil { return "Core ML has no compute units \(wanted.accelerator)" }
      let inside = wanted.file.appendingPathComponent("Manifest.json")
      if !FileManager.default.fileExists(atPath: inside.path) {
        return "it is no Core ML package: a folder with a Manifest.json"
      }
      return nil
    }

    public func open(_ wanted: Wanted) async throws -> any Session {
      if let reason = refusal(wanted) { throw CannotRun(reason) }
      guard let units = units(wanted.accelerator) else { throw CannotRun("it has no compute units") }
      let configuration = MLModelConfiguration()
      configuration.computeUnits = units
      let package = CompiledPackage(wanted: wanted, configuration: configuration)
      let loaded = try await package.load()
      let planned = wanted.purpose == .memory ? nil : await ComputePlans.shared.planned(loaded.compiled, configuration)
      return try CoreMLSession(wanted: wanted, loaded: loaded, planned: planned)
    }

    /// The units that Core ML may use; always the processor too, which runs what the other cannot.
    private func units(_ accelerator: String) -> MLComputeUnits? {
      switch accelerator {
      case "cpu": .cpuOnly
      case "gpu": .cpuAndGPU
      case "npu": .cpuAndNeuralEngine
      default: nil
      }
    }
  }
#endif
