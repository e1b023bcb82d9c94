import Foundation
import HarnessCore

/// Gives what a recording has of an input, in place of a runtime; an input that was not recorded is a failure.
///
/// One for each runtime of the recording. What it says of times is of no runtime: rows bear the label `recorded`.
package struct RecordedBackend: Backend {
  package let facts: RuntimeFacts
  private let recording: Recording

  private init(_ facts: RuntimeFacts, _ recording: Recording) {
    self.facts = facts
    self.recording = recording
  }

  /// A backend for each of the recording's runtimes.
  package static func all(_ recording: Recording) -> [RecordedBackend] {
    let facts = recording.artifacts.values.map(\.facts)
    return Dictionary(facts.map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one }).values
      .sorted { $0.name < $1.name }.map { RecordedBackend($0, recording) }
  }

  package func refusal(_ wanted: Wanted) -> String? {
    if wanted.accelerator != "cpu" { return "\(wanted.accelerator) was asked; what was recorded ran on the processor" }
    guard recording.artifacts[wanted.manifest.sha256] != nil else {
      return "the recording has nothing of \(wanted.manifest.file)"
    }
    return nil
  }

  package func open(_ wanted: Wanted) async throws -> any Session {
    guard let artifact = recording.artifacts[wanted.manifest.sha256] else {
      throw CannotRun("the recording has nothing of \(wanted.manifest.file)")
    }
    return RecordedSession(artifact, recording, wanted)
  }
}

/// A recorded file.
private final class RecordedSession: Session {
  let accelerator: AcceleratorPart
  let threads: Int?
  let opening = OpeningTimes(compileMs: nil, loadMs: 1)
  private let artifact: Recording.Artifact
  private let recording: Recording
  private let file: String
  private var next: RawOutput?
  private var held: RawOutput?

  init(_ artifact: Recording.Artifact, _ recording: Recording, _ wanted: Wanted) {
    self.artifact = artifact
    self.recording = recording
    file = wanted.manifest.file
    threads = artifact.threads
    accelerator = AcceleratorPart(
      asked: wanted.accelerator, obtained: "cpu", nodes: nil, nodesDelegated: nil, fallback: nil, arithmetic: .float32)
  }

  func fill(_ input: [UInt8]) throws {
    let name = Hashes.sha256(input)
    guard let output = artifact.outputs[name] else {
      throw DataRefused(.otherTensor, "\(file) was filled with an input that was not recorded, of SHA-256 \(name)")
    }
    next = try recording.read(output)
  }

  /// Copies the output, as a runtime writes it: a run takes some time.
  func run() async throws {
    guard var made = next else { throw DataRefused(.otherTensor, "\(file) was run before it was filled") }
    made.memory = [UInt8](unsafeUninitializedCapacity: made.memory.count) { buffer, size in
      size = made.memory.count
      for place in 0..<size { buffer[place] = made.memory[place] }
    }
    held = made
  }

  func outputs() throws -> [RawOutput] {
    guard let held else { throw DataRefused(.noSuchOutput, "\(file) was read before it ran") }
    return [held]
  }
}
