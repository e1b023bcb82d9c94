// A record as JSON.

/// A record as JSON, its parts in the order of docs/record.md.
enum RecordJson {
  /// Signs of a reason; the schema takes no more.
  static let longest = 4096

  static func of(_ it: RecordDocument) -> JsonObject {
    [
      "kind": "ios",
      "status": .of(it.status),
      "reason": .of(it.reason),
      "run": RecordPartsJson.run(it.run),
      "program": RecordPartsJson.program(it.program),
      "artifact": RecordPartsJson.artifact(it.artifact, it.manifestSha256),
      "runtime": RecordPartsJson.runtime(it.runtime),
      "device": RecordPartsJson.device(it.device),
      "accelerator": .of(it.accelerator, accelerator),
      "state": .table(["start": .of(it.start, state), "end": .of(it.end, state)]),
      "conditions": .of(it.conditions, conditions),
      "load": .of(it.load, load),
      "memory": .of(it.memory, memory),
      "warm_up_runs": .of(it.warmUpRuns),
      "yardstick": .of(it.yardstick, yardstick),
      "turns": .list(it.turns.map(TurnJson.of)),
      "end_to_end": .list(it.endToEnd.map(passage)),
      "golden": .of(it.golden, golden),
      "quality": nil,
      "statistics": .of(it.statistics) { statistics($0, it.endToEnd) },
      "verdict": .of(it.verdict?.kind.rawValue),
      "verdict_reasons": .of((it.verdict?.reasons ?? []).map { Texts.printable($0, longest: longest) }),
      "bundle": RecordPartsJson.bundle(it.bundle),
      "unknown": .table(RecordReasons.of(it)),
    ]
  }

  private static func accelerator(_ it: AcceleratorPart) -> JsonValue {
    .table([
      "asked": .of(it.asked),
      "obtained": .of(it.obtained),
      "nodes": .of(it.nodes),
      "nodes_delegated": .of(it.nodesDelegated),
      "fallback": .of(it.fallback),
      "arithmetic": .of(it.arithmetic?.rawValue),
      "planned": .of(it.planned) { .table(["cpu": .of($0.cpu), "gpu": .of($0.gpu), "npu": .of($0.npu)]) },
    ])
  }

  private static func state(_ it: StatePart) -> JsonValue {
    .table([
      "at": .of(it.at),
      "power": .of(it.power),
      "battery_c": .of(it.batteryC),
      "thermal": .of(it.thermal),
      "low_power": .of(it.isLowPower),
      "foreground": .of(it.isForeground),
      "busy_cores": .of(it.busyCores),
      "load_1min": .of(it.load1Min),
      "frequency_share": .of(it.frequencyShare),
      "governor": .of(it.governor),
    ])
  }

  private static func conditions(_ it: Conditions) -> JsonValue {
    .table([
      "others_before": .of(it.othersBefore),
      "others_during": .of(it.othersDuring),
      "others_after": .of(it.othersAfter),
      "stolen": .of(it.stolen),
      "swapped_bytes": .of(it.swappedBytes),
    ])
  }

  private static func load(_ it: LoadPart) -> JsonValue {
    .table([
      "compile_ms": .of(it.compileMs),
      "cold_ms": .of(it.coldMs),
      "warm_ms": .of(it.warmMs),
      "first_inference_ms": .of(it.firstInferenceMs),
      "cold_means": .of(it.coldMeans),
      "state": .of(it.state),
    ])
  }

  private static func memory(_ it: MemoryPart) -> JsonValue {
    .table([
      "before_bytes": .of(it.beforeBytes),
      "loaded_bytes": .of(it.loadedBytes),
      "peak_bytes": .of(it.peakBytes),
      "runs": .of(it.runs),
      "metric": .of(it.metric),
    ])
  }

  private static func yardstick(_ it: YardstickPart) -> JsonValue {
    let best = JsonValue.of(it.best) { best in
      .table([
        "integer_ms": .of(best.integerMs),
        "memory_ms": .of(best.memoryMs),
        "reached_at": .of(it.reachedAt),
      ])
    }
    return .table(["version": .of(it.version), "best": best])
  }

  private static func passage(_ it: Passage) -> JsonValue {
    .table([
      "at_s": .of(it.atS),
      "pre_ms": .of(it.preMs),
      "execute_ms": .of(it.executeMs),
      "post_ms": .of(it.postMs),
    ])
  }

  private static func golden(_ it: GoldenResult) -> JsonValue {
    .table([
      "status": .of(it.status.rawValue),
      "reason": .of(Texts.printable(it.reason, longest: longest)),
      "values": .of(it.values),
      "max_abs_error": .of(it.maxAbsError),
      "tolerance": .of(it.tolerance),
    ])
  }

  private static func statistics(_ it: Statistics, _ passages: [Passage]) -> JsonValue {
    let whole = passages.map { $0.preMs + $0.executeMs + $0.postMs }
    return .table([
      "runs": .of(it.runs),
      "turns": .of(it.turns),
      "undisturbed_turns": .of(it.undisturbedTurns),
      "p50_ms": .of(it.p50Ms),
      "p50_low_ms": .of(it.p50LowMs),
      "p50_high_ms": .of(it.p50HighMs),
      "p50_all_ms": .of(it.p50AllMs),
      "p90_ms": .of(it.p90Ms),
      "p99_ms": .of(it.p99Ms),
      "cv": .of(it.cv),
      "drift": .of(it.drift),
      "end_to_end_ms": .of(whole.isEmpty ? nil : Samples.median(whole)),
      "miou": nil,
      "miou_low": nil,
      "miou_high": nil,
      "iou": nil,
    ])
  }
}

extension JsonValue {
  /// A part as JSON; null for none.
  static func of<Part>(_ part: Part?, _ made: (Part) -> JsonValue) -> JsonValue { part.map(made) ?? .null }
}

extension RecordDocument {
  /// Write it as one line with its seal. Throws `RecordRefused` for one that could not be read again.
  public func sealed() throws -> String { try RecordReader.sealed(RecordJson.of(self)) }
}
