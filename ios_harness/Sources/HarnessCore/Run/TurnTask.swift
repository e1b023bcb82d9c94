import Foundation

/// What one step does: it loads one file, does what was asked, lets the file go, and leaves an answer.
///
/// docs/bundle.md, "What an app does", and docs/method.md, "Turns and passes". Whatever goes wrong is in the answer, as
/// long as the process lives.
enum TurnTask {
  /// Do what `request` says, and leave `answer`, which is there once it is whole. Throws `Refused` if it cannot be.
  static func run(
    request: URL, answer: URL, backends: [any Backend], device: any Device, process: ThisProcess, effort: TurnEffort
  ) async throws {
    let start = Ticks.now()
    let departures = device.departures()
    let found: Answer
    do {
      let asked = try LaunchRequest.read(request)
      let step = Step(asked, backends, device, process, effort, start)
      found = await step.answer()
    } catch {
      found = failed(Answer(), error)
    }
    var left = found
    left.wasInFront = departures == device.departures() && device.readiness().isReady
    try AtomicFile.write(to: answer, data: AnswerWriter.write(left))
  }
}

/// One step.
private final class Step {
  private static let memoryRuns = 5

  private let request: LaunchRequest
  private let backends: [any Backend]
  private let device: any Device
  private let process: ThisProcess
  private let effort: TurnEffort
  private let start: Int
  private var found: Answer

  init(
    _ request: LaunchRequest, _ backends: [any Backend], _ device: any Device, _ process: ThisProcess,
    _ effort: TurnEffort, _ start: Int
  ) {
    self.request = request
    self.backends = backends
    self.device = device
    self.process = process
    self.effort = effort
    self.start = start
    found = Answer(isDebugBuild: device.isDebugBuild, hasDebugger: device.hasDebugger())
  }

  func answer() async -> Answer {
    do {
      let bundle = try OpenBundle.open(request.bundle)
      defer { bundle.close() }
      try await work(bundle)
    } catch {
      found = TurnTask.failed(found, error)
    }
    found.hasDebugger = found.hasDebugger || device.hasDebugger()  // one may have come while it worked
    return found
  }

  private func work(_ bundle: OpenBundle) async throws {
    found.start = seen()
    guard bundle.content.artifacts.indices.contains(request.artifact) else {
      throw CannotRun("the bundle has no artifact \(request.artifact)")
    }
    let artifact = bundle.content.artifacts[request.artifact]
    guard let backend = backends.first(where: { $0.isFor(artifact.runtime) }) else {
      let names = backends.map(\.facts.name).joined(separator: ", ")
      throw CannotRun(
        "this app has no runtime \(RuntimeNames.own(artifact.runtime)); it has \(names.isEmpty ? "none" : names)")
    }
    found.runtime = backend.facts
    let manifest = try bundle.manifest(request.artifact)
    if manifest.inputs.count != 1 { throw CannotRun("it takes \(manifest.inputs.count) inputs, and a photo is one") }
    let wanted = Wanted(
      file: request.file, manifest: manifest, accelerator: request.accelerator, threads: request.threads,
      folder: request.folder, purpose: isTimed ? .time : .memory)
    if let why = backend.refusal(wanted) { throw CannotRun(why) }
    let input = try OutputCheck.input(bundle, manifest, artifact.input, 0)
    switch request.kind {
    case .prepare: try await openFirst(backend, wanted, input)
    case .memory: try await weigh(backend, wanted, input)
    case .turn: _ = try await turn(backend, wanted, input)
    case .final:
      let passages = try await last(bundle, backend, wanted, input, artifact.input)
      found.checked = try await openedAgain(backend, wanted, passages)
    }
    found.end = seen()
  }

  private var isTimed: Bool { request.kind == .turn || request.kind == .final }

  private func openFirst(_ backend: any Backend, _ wanted: Wanted, _ input: [UInt8]) async throws {
    let session = try await open(backend, wanted)
    try session.fill(input)
    let firstMs = try await firstRun(session)
    found.opened = opened(session, firstMs, warmUpRuns: 0)
  }

  private func weigh(_ backend: any Backend, _ wanted: Wanted, _ input: [UInt8]) async throws {
    let earlier = device.peakMemoryBytes()
    let before = device.memoryBytes()
    let session = try await open(backend, wanted)
    let loaded = device.memoryBytes()
    try session.fill(input)
    let firstMs = try await firstRun(session)
    for _ in 1..<Self.memoryRuns {
      try await session.run()
      _ = try session.outputs()
    }
    found.opened = opened(session, firstMs, warmUpRuns: 0)
    found.memory = Weighing.of(
      before: before, loaded: loaded, earlier: earlier, peak: device.peakMemoryBytes(), opening: session.opening,
      runs: Self.memoryRuns, metric: device.memoryMetric)
  }

  private func turn(_ backend: any Backend, _ wanted: Wanted, _ input: [UInt8]) async throws -> any Session {
    let session = try await open(backend, wanted)
    try session.fill(input)
    let firstMs = try await firstRun(session)
    let taker = TurnTaker(session, device, effort)
    let warmUpRuns = try await taker.warmUp()
    found.opened = opened(session, firstMs, warmUpRuns: 1 + warmUpRuns)
    found.turn = try await taker.take(offsetMs: Ticks.ms(start, Ticks.now()))
    return session
  }

  /// The session is let go with this function: a phone may not hold the file twice.
  private func last(
    _ bundle: OpenBundle, _ backend: any Backend, _ wanted: Wanted, _ input: [UInt8], _ place: Int
  ) async throws -> [Passage] {
    let session = try await turn(backend, wanted, input)
    let check = OutputCheck(
      bundle: bundle, request: request, manifest: wanted.manifest, input: place, session: session, device: device,
      start: start)
    try await check.keepMaps()
    return try await check.passages()
  }

  private func open(_ backend: any Backend, _ wanted: Wanted) async throws -> any Session {
    process.noteOpened()
    let session = try await backend.open(wanted)
    found.session = SessionSeen(accelerator: session.accelerator, threads: session.threads)
    found.runtime = backend.facts  // some runtimes know their own version only once they are loaded
    return session
  }

  private func openedAgain(_ backend: any Backend, _ wanted: Wanted, _ passages: [Passage]) async throws -> Checked {
    do {
      let again = try await backend.open(wanted)
      return Checked(passages: passages, loadAgainMs: again.opening.loadMs, why: "")
    } catch let error as CannotRun {
      let why = Reasons.clean("it was not loaded a second time: \(error.message)")
      return Checked(passages: passages, loadAgainMs: nil, why: why)
    }
  }

  private func firstRun(_ session: any Session) async throws -> Double {
    let began = Ticks.now()
    try await session.run()
    let tookMs = Ticks.ms(began, Ticks.now())
    _ = try OutputCheck.outputs(session)
    return tookMs
  }

  private func opened(_ session: any Session, _ firstMs: Double, warmUpRuns: Int) -> Opened {
    let opening = session.opening
    return Opened(
      compileMs: opening.compileMs, loadMs: opening.loadMs, firstMs: firstMs, warmUpRuns: warmUpRuns)
  }

  private func seen() -> Seen {
    let (state, unknown) = device.state()
    return Seen(state: state, unknown: unknown)
  }
}
