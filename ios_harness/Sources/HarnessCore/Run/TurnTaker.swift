/// Takes one turn of a loaded file: the yardstick, runs without a pause, the yardstick; docs/method.md.
///
/// Nothing is made or looked at between the runs but two readings of the clock.
final class TurnTaker {
  private let session: any Session
  private let device: any Device
  private let effort: TurnEffort
  private let yardstick = Yardstick(nanoTime: { UInt64(truncatingIfNeeded: Ticks.now()) })
  private var runMs = Double.infinity
  private(set) var work = 0

  init(_ session: any Session, _ device: any Device, _ effort: TurnEffort) {
    self.session = session
    self.device = device
    self.effort = effort
  }

  /// Run until it is steady; return how often that was.
  func warmUp() async throws -> Int {
    var runs = 0
    while runs < 2 || runs < effort.warmUpRuns(runMs: runMs) {
      let start = Ticks.now()
      try await session.run()
      runMs = min(runMs, Ticks.ms(start, Ticks.now()))
      runs += 1
    }
    return runs
  }

  /// Take it, after `warmUp`. `offsetMs`: since the step began.
  func take(offsetMs: Double) async throws -> TurnTaken {
    let runs = effort.runs(runMs: runMs)
    var began = [Int](repeating: 0, count: runs)
    var ended = [Int](repeating: 0, count: runs)
    let readiness = device.readiness()
    let departures = device.departures()
    for _ in 0..<effort.yardstickReads { _ = yardstick.read() }
    wake()
    let before = yardstick.read()
    if runMs <= effort.slowMs { try await session.run() }  // the yardstick has emptied the processor's caches
    let cpu = device.cpuMs()
    let waited = device.waitedMs()
    let start = Ticks.now()
    for place in 0..<runs {
      began[place] = Ticks.now()
      try await session.run()
      ended[place] = Ticks.now()
    }
    let wallMs = Ticks.ms(start, Ticks.now())
    let cpuAfter = device.cpuMs()
    let waitedAfter = device.waitedMs()
    let after = yardstick.read()
    let (state, stateUnknown) = device.state()
    let isForeground = readiness.isReady && device.readiness().isReady && departures == device.departures()
    var unknown = [
      "device/cores": "the system does not show an app where its threads run",
      "device/frequency_share": "the system does not show an app how fast a core is",
    ]
    for name in ["battery_c", "power", "thermal"] { unknown["device/\(name)"] = stateUnknown[name] }
    return TurnTaken(
      offsetMs: offsetMs,
      before: before,
      after: after,
      wallMs: wallMs,
      cpuMs: Self.spent("cpu_ms", cpu, cpuAfter, &unknown),
      waitedMs: Self.spent("waited_ms", waited, waitedAfter, &unknown),
      atMs: began.map { Ticks.ms(start, $0) },
      executeMs: zip(began, ended).map(Ticks.ms),
      device: TurnDevice(
        batteryC: state.batteryC, power: state.power, thermal: state.thermal, cores: nil, frequencyShare: nil,
        isForeground: isForeground),
      unknown: unknown
    )
  }

  /// Work for a moment: a processor that was asleep comes to its frequency.
  private func wake() {
    let start = Ticks.now()
    while Ticks.ms(start, Ticks.now()) < effort.wakeMs { work &+= 1 }
  }

  private static func spent(
    _ name: String, _ from: Known<Double>, _ upto: Known<Double>, _ unknown: inout [String: String]
  ) -> Double? {
    guard let from = from.value, let upto = upto.value else {
      unknown[name] = from.why ?? upto.why
      return nil
    }
    return max(0, upto - from)
  }
}
