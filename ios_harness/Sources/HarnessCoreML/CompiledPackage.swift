#if canImport(CoreML)
  import CoreML
  import Foundation
  import HarnessCore

  /// A package that Core ML compiles, unless that is at hand, and loads; the two are timed apart.
  struct CompiledPackage {
    let wanted: Wanted
    let configuration: MLModelConfiguration

    /// A model that is loaded, where its compiled form lies, and what it took.
    struct Loaded {
      let model: MLModel
      let compiled: URL
      let times: OpeningTimes
    }

    private var files: CompiledFiles { CompiledFiles(folder: wanted.folder, system: AppleSystem.build) }

    /// Load. What was compiled and does not open is compiled again, once. Throws `CannotRun`.
    func load() async throws -> Loaded {
      let files = files
      let hash = wanted.manifest.sha256
      files.removeOthers()
      if files.has(sha256: hash) {
        do {
          return try await load(files.place(sha256: hash), compileMs: nil)
        } catch {
          files.remove(sha256: hash)
        }
      }
      let began = ContinuousClock.now
      let made: URL
      do {
        made = try await MLModel.compileModel(at: wanted.file)
      } catch {
        throw CannotRun("Core ML did not compile it: \(error.localizedDescription)")
      }
      let compileMs = (ContinuousClock.now - began).ms
      let place = try files.keep(made, sha256: hash)
      do {
        return try await load(place, compileMs: compileMs)
      } catch {
        throw CannotRun("Core ML did not load it: \(error.localizedDescription)")
      }
    }

    private func load(_ place: URL, compileMs: Double?) async throws -> Loaded {
      let began = ContinuousClock.now
      let model = try await MLModel.load(contentsOf: place, configuration: configuration)
      let times = OpeningTimes(compileMs: compileMs, loadMs: (ContinuousClock.now - began).ms)
      return Loaded(model: model, compiled: place, times: times)
    }
  }

  extension Duration {
    /// In milliseconds.
    var ms: Double { Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15 }
  }
#endif
