import HarnessCore
import HarnessCoreML

#if canImport(HarnessExecuTorch)
  import HarnessExecuTorch
#endif

/// The runtimes of this app. ExecuTorch is in it where its package was added to the project; README.md says how.
enum Backends {
  static var all: [any Backend] {
    var backends: [any Backend] = [CoreMLBackend()]
    #if canImport(HarnessExecuTorch)
      backends.append(ExecuTorchBackend())
    #endif
    return backends
  }

  /// The one that runs what a bundle names this runtime for.
  static func named(_ name: String) -> (any Backend)? { all.first { $0.isFor(name) } }
}
