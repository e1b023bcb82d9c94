import Foundation

@testable import HarnessCore

/// A runtime that is made up. It has one memory for its output, which each run overwrites, as real ones have.
final class FakeBackend: Backend, @unchecked Sendable {
  static let classes = 4
  static let heightPx = 6
  static let widthPx = 10

  let facts: RuntimeFacts
  var refuse: (Wanted) -> String? = { _ in nil }
  var whenOpened: (Wanted) throws -> Void = { _ in }
  var whenRun: (Wanted) async throws -> Void = { _ in }
  var whenRead: (Wanted) -> Void = { _ in }
  var change: (Wanted, [RawOutput]) -> [RawOutput] = { $1 }

  /// Whether it compiles a file, and keeps what it made in the folder that it is given.
  var compiles = false
  var loadMs: () -> Double = { 3.25 }
  var arithmetic: Arithmetic? = .float32

  /// Sessions that are loaded now.
  let loaded = Counter()

  init(_ name: String = "ort") { facts = RuntimeFacts(name: name, tool: "made up", version: "1.0") }

  func refusal(_ wanted: Wanted) -> String? { refuse(wanted) }

  func open(_ wanted: Wanted) async throws -> any Session {
    try whenOpened(wanted)
    let kept = wanted.folder.appendingPathComponent("kept.mlmodelc/weights")
    let isNew = compiles && !FileManager.default.fileExists(atPath: kept.path)
    if isNew { try AtomicFile.write(to: kept, text: "made") }
    return FakeSession(self, wanted, OpeningTimes(compileMs: isNew ? 12.5 : nil, loadMs: loadMs()))
  }

  /// Of each pixel a class that follows from its first colour.
  static func score(_ input: [UInt8]) -> [UInt8] {
    var memory = [UInt8](repeating: 0, count: 4 * classes * heightPx * widthPx)
    let one = withUnsafeBytes(of: Float(1).bitPattern.littleEndian, Array.init)
    for pixel in 0..<(heightPx * widthPx) {
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(input[4 * pixel + $1]) << UInt32(8 * $1) }
      let kind = Int(Float(bitPattern: bits)) / 37 % classes
      memory.replaceSubrange(
        (4 * (kind * heightPx * widthPx + pixel))..<(4 * (kind * heightPx * widthPx + pixel) + 4), with: one)
    }
    return memory
  }

  static func output(_ memory: [UInt8]) -> RawOutput {
    RawOutput(
      name: "logits", dtype: "float32", shape: [1, classes, heightPx, widthPx],
      stridesBytes: [4 * classes * heightPx * widthPx, 4 * heightPx * widthPx, 4 * widthPx, 4], scale: nil,
      zeroPoint: nil, memory: memory)
  }
}

private final class FakeSession: Session {
  private let backend: FakeBackend
  private let wanted: Wanted
  private var input: [UInt8] = []
  private var memory: [UInt8] = []
  let accelerator: AcceleratorPart
  let opening: OpeningTimes
  var threads: Int? { wanted.threads }

  init(_ backend: FakeBackend, _ wanted: Wanted, _ opening: OpeningTimes) {
    self.backend = backend
    self.opening = opening
    self.wanted = wanted
    accelerator = AcceleratorPart(
      asked: wanted.accelerator, obtained: wanted.accelerator == "cpu" ? "cpu" : nil, nodes: 3, nodesDelegated: nil,
      fallback: nil, arithmetic: backend.arithmetic, planned: PlannedPart(cpu: 3, gpu: 0, npu: 0))
    backend.loaded.add(1)
  }

  deinit { backend.loaded.add(-1) }

  func fill(_ input: [UInt8]) { self.input = input }

  func run() async throws {
    try await backend.whenRun(wanted)
    memory = FakeBackend.score(input)
  }

  func outputs() -> [RawOutput] {
    backend.whenRead(wanted)
    return backend.change(wanted, [FakeBackend.output(memory)])
  }
}

/// A number that several tasks count.
final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0
  private var highest = 0

  var value: Int { lock.withLock { count } }
  var most: Int { lock.withLock { highest } }

  func add(_ more: Int) {
    lock.withLock {
      count += more
      highest = max(highest, count)
    }
  }
}
