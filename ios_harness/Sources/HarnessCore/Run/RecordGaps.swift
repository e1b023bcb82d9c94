/// Why figures are null in a record, by JSON pointer; docs/record.md, "Fields".
struct RecordGaps {
  private static let unanswered = "no step of it answered"
  private static let ended = "it did not come to its end"
  private static let system = "the system does not say"
  private static let silent = "the runtime does not say"
  private static let others = "the system shows an app nothing of other programs"
  private static let noHost = "the system shows an app nothing of a host's time"
  private static let parts = [
    "state/start", "state/end", "conditions", "load", "memory", "warm_up_runs", "yardstick", "golden", "statistics",
    "bundle/photos/*/map_sha256", "bundle/photos/*/agreement",
  ]

  private(set) var all: [String: String] = [:]

  /// Explain a value where it is null.
  mutating func of(_ pointer: String, _ value: Any?, _ why: String) {
    if value == nil { all[pointer] = why }
  }

  /// Explain what a device left out, by names below `start`.
  mutating func below(_ start: String, _ reasons: [String: String]) {
    for (name, why) in reasons where !why.isEmpty { all["\(start)/\(name)"] = why }
  }

  /// Explain what is not known of how the device was, in the device's own words where it has some.
  mutating func ofState(_ start: String, _ it: Seen) {
    let fields: [(String, Any?)] = [
      ("power", it.state.power), ("battery_c", it.state.batteryC), ("thermal", it.state.thermal),
      ("low_power", it.state.isLowPower), ("foreground", it.state.isForeground), ("busy_cores", it.state.busyCores),
      ("load_1min", it.state.load1Min), ("frequency_share", it.state.frequencyShare), ("governor", it.state.governor),
    ]
    for (name, value) in fields { of("\(start)/\(name)", value, said(it.unknown, name)) }
  }

  /// Explain what is not known of the device itself.
  mutating func ofDevice(_ it: DevicePart, _ unknown: [String: String]) {
    let fields: [(String, Any?)] = [
      ("maker", it.maker), ("model", it.model), ("soc", it.soc), ("cpu", it.cpu), ("cpu_features", it.cpuFeatures),
      ("cores", it.cores), ("memory_bytes", it.memoryBytes), ("os", it.os), ("machine", it.machine),
      ("simulator", it.isSimulator),
    ]
    for (name, value) in fields { of("/device/\(name)", value, said(unknown, name)) }
  }

  /// Explain what is not known of the app and its runtime, which never answered where it has no tool.
  mutating func ofProgram(_ program: ProgramPart, _ runtime: RuntimePart, isWhole: Bool) {
    of("/program/commit", program.commit, "the app does not know it")
    of("/program/debugger", program.hasDebugger, Self.unanswered)
    of("/runtime/tool", runtime.tool, Self.unanswered)
    of("/runtime/version", runtime.version, runtime.tool == nil ? Self.unanswered : Self.silent)
    of("/runtime/threads", runtime.threads, isWhole ? Self.silent : Self.ended)
  }

  /// Explain what is not known of what ran it.
  mutating func ofAccelerator(_ it: AcceleratorPart, isWhole: Bool) {
    let why = isWhole ? Self.silent : Self.ended
    of("/accelerator/obtained", it.obtained, why)
    of("/accelerator/nodes", it.nodes, why)
    of("/accelerator/nodes_delegated", it.nodesDelegated, why)
    of("/accelerator/arithmetic", it.arithmetic, why)
    of("/accelerator/planned", it.planned, isWhole ? "the runtime tells no plan of the file" : Self.ended)
    if it.obtained != it.asked { of("/accelerator/fallback", it.fallback, why) }
  }

  /// Explain what is not known of loading.
  mutating func ofLoad(_ load: LoadPart, whyNotWarm: String) {
    of("/load/warm_ms", load.warmMs, whyNotWarm)
    of(
      "/load/compile_ms", load.compileMs,
      "its compiled form was at hand (another run of the same file may have made it), or it has none")
    of("/load/state", load.state, "nothing says whether the system had compiled it before")
  }

  /// Explain what is not known of the turns: what the device left out, and what no app on a phone is told.
  mutating func ofTurns(_ turns: [Turn], _ unknown: [String: String]) {
    let fields: [(String, (Turn) -> Any?)] = [
      ("cpu_ms", { $0.cpuMs }), ("waited_ms", { $0.waitedMs }), ("device/battery_c", { $0.device?.batteryC }),
      ("device/power", { $0.device?.power }), ("device/thermal", { $0.device?.thermal }),
      ("device/cores", { $0.device?.cores }), ("device/frequency_share", { $0.device?.frequencyShare }),
      ("device/foreground", { $0.device?.isForeground }),
    ]
    for (name, value) in fields where turns.contains(where: { value($0) == nil }) {
      of("/turns/*/\(name)", nil, said(unknown, name))
    }
    of("/turns/*/others_ms", nil, Self.others)
    of("/turns/*/stolen_ms", nil, Self.noHost)
    of("/turns/*/switches", nil, "it is not counted here")
    of("/turns/*/pre_ms", nil, "the input was put in place once, before the turn")
    of("/turns/*/post_ms", nil, "it is not part of a run here")
    for name in ["others_before", "others_during", "others_after"] { of("/conditions/\(name)", nil, Self.others) }
    of("/conditions/stolen", nil, Self.noHost)
    of("/conditions/swapped_bytes", nil, Self.others)
  }

  /// Explain everything that a run which did not come to its end has not.
  mutating func ofAll(_ reason: String) {
    for part in Self.parts { of("/\(part)", nil, reason) }
  }

  private func said(_ unknown: [String: String], _ name: String) -> String {
    unknown[name].flatMap { $0.isEmpty ? nil : $0 } ?? Self.system
  }
}
