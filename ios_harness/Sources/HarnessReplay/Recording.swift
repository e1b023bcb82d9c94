import Foundation
import HarnessCases
import HarnessCore

/// A recording that is not what `python -m scripts.ios recording` writes; the message says what is wrong and where.
package struct RecordingFault: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// What a bundle's files gave on a computer, by the SHA-256 of the bytes that their inputs were filled with.
///
/// A folder with `recording.json` and the outputs' bytes, little endian and without gaps.
package struct Recording: Sendable {
  /// What one file gave, and what ran it. `threads`: that it ran on; 0 where the runtime chose.
  package struct Artifact: Sendable {
    package let facts: RuntimeFacts
    package let threads: Int
    package let outputs: [String: Output]
  }

  /// An output; its bytes lie in the file of this name, and have this hash.
  package struct Output: Sendable {
    package let spec: TensorSpec
    package let file: String
    package let sha256: String
  }

  private static let name = "recording.json"
  private static let mostBytes = 64 << 20  // of recording.json

  /// Of the bundle that was recorded.
  package let bundle: String
  /// By the hash of the artifact.
  package let artifacts: [String: Artifact]
  private let folder: URL

  /// Read a recording's folder. Throws `RecordingFault`.
  package init(_ folder: URL) throws {
    self.folder = folder
    do {
      let source = try FileSource(folder.appendingPathComponent(Self.name))
      defer { source.close() }
      if source.sizeBytes > Self.mostBytes { throw CaseFault("\(Self.name) is larger than \(Self.mostBytes) bytes") }
      let said = try Said(JsonReader.read(source.read(offset: 0, count: source.sizeBytes)))
      guard try said.text("schema_version") == "1.0" else { throw CaseFault("it is of another version") }
      bundle = try said.text("bundle")
      artifacts = try Dictionary(
        said.tables("artifacts").map { (try $0.text("sha256"), try Artifact($0)) }, uniquingKeysWith: { $1 })
    } catch let error as NotJson {
      throw RecordingFault("\(folder.relativePath)/\(Self.name): \(error.message)")
    } catch {
      throw RecordingFault("\(folder.relativePath) is no recording: \(error)")
    }
  }

  /// Read an output. Throws `StorageRefused` where it is not there or not what was recorded.
  package func read(_ output: Output) throws -> RawOutput {
    let source = try FileSource(folder.appendingPathComponent(output.file))
    defer { source.close() }
    var strides: [Int] = []
    var size = ElementType.named(output.spec.dtype)?.sizeBytes ?? 1
    for side in output.spec.shape.reversed() {
      strides.insert(size, at: 0)
      size = size.multipliedReportingOverflow(by: side).partialValue
    }
    let damage = StorageRefused(.cannotRead, "\(output.file) of the recording is damaged")
    if source.sizeBytes != size { throw damage }
    let data = try source.read(offset: 0, count: size)
    if Hashes.sha256(data) != output.sha256 { throw damage }
    return RawOutput(
      name: output.spec.name,
      dtype: output.spec.dtype,
      shape: output.spec.shape,
      stridesBytes: strides,
      scale: output.spec.scale,
      zeroPoint: output.spec.zeroPoint,
      memory: data
    )
  }
}

extension Recording.Artifact {
  fileprivate init(_ said: Said) throws {
    facts = RuntimeFacts(
      name: try said.text("runtime"),
      tool: try said.text("tool"),
      version: try said.textOrNil("version"),
      label: "recorded"
    )
    threads = try said.int("threads")
    outputs = try Dictionary(
      said.tables("runs").map { (try $0.text("input_sha256"), try Recording.Output($0)) }, uniquingKeysWith: { $1 })
  }
}

extension Recording.Output {
  fileprivate init(_ said: Said) throws {
    let output = try said.table("output")
    spec = try TensorSpec(output, name: output.text("name"))
    file = try said.text("file")
    sha256 = try said.text("sha256")
    let isPlain = !file.utf8.starts(with: "/".utf8) && !file.split(separator: "/").contains("..")
    guard isPlain else { throw CaseFault("\(file) lies outside of it") }
  }
}
