import Foundation
import HarnessCore
import HarnessCoreML

/// Loads a file of a kept bundle to look at what it gives, outside any job.
enum Preview {
  /// Load it as its first run of the job asks; what lies unpacked of other files is removed. Throws `CannotRun`, `Refused`.
  static func open(_ sha256: String, artifact: Int) async throws -> Segmenter {
    let bundle = try OpenBundle.open(Places.bundles.file(sha256))
    defer { bundle.close() }
    let said = bundle.content.artifacts[artifact]
    guard let backend = Backends.named(said.runtime) else {
      throw CannotRun("this app has no runtime for \(said.target) files")
    }
    let file = try PreviewFile.unpack(artifact, of: bundle, into: Places.preview)
    let run = bundle.content.job.runs.first { $0.artifact == artifact }
    let wanted = Wanted(
      file: file, manifest: try bundle.manifest(artifact), accelerator: run?.accelerator ?? "cpu",
      threads: run?.threads ?? 1, folder: Places.compiled)
    ThisProcess.current.noteOpened()
    return try await Segmenter(backend: backend, wanted: wanted)
  }
}
