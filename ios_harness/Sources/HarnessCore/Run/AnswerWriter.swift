/// Writes an `Answer` as `AnswerReader` reads it.
enum AnswerWriter {
  private static let places = 4

  static func write(_ it: Answer) -> [UInt8] {
    let document = JsonObject([
      "status": .of(it.status.rawValue),
      "reason": .of(Texts.printable(it.reason)),
      "in_front": .of(it.wasInFront),
      "debug_build": .of(it.isDebugBuild),
      "debugger": .of(it.hasDebugger),
      "runtime": table(it.runtime, runtime),
      "session": table(it.session, session),
      "start": table(it.start, seen),
      "end": table(it.end, seen),
      "opened": table(it.opened, opened),
      "memory": table(it.memory, memory),
      "turn": table(it.turn, turn),
      "checked": table(it.checked, checked),
    ])
    return Array(JsonWriter.write(.table(document)).utf8)
  }

  private static func table<Part>(_ part: Part?, _ write: (Part) -> JsonObject) -> JsonValue {
    part.map { .table(write($0)) } ?? .null
  }

  private static func runtime(_ it: RuntimeFacts) -> JsonObject {
    ["name": text(it.name), "tool": text(it.tool), "version": text(it.version), "label": text(it.label)]
  }

  private static func session(_ it: SessionSeen) -> JsonObject {
    ["accelerator": .table(accelerator(it.accelerator)), "threads": .of(it.threads)]
  }

  private static func accelerator(_ it: AcceleratorPart) -> JsonObject {
    [
      "asked": text(it.asked),
      "obtained": text(it.obtained),
      "nodes": .of(it.nodes),
      "nodes_delegated": .of(it.nodesDelegated),
      "fallback": text(it.fallback),
      "arithmetic": .of(it.arithmetic?.rawValue),
      "planned": table(it.planned) { ["cpu": .of($0.cpu), "gpu": .of($0.gpu), "npu": .of($0.npu)] },
    ]
  }

  private static func seen(_ it: Seen) -> JsonObject {
    [
      "at": text(it.state.at),
      "power": text(it.state.power),
      "battery_c": number(it.state.batteryC),
      "thermal": text(it.state.thermal),
      "low_power": .of(it.state.isLowPower),
      "foreground": .of(it.state.isForeground),
      "busy_cores": number(it.state.busyCores),
      "load_1min": number(it.state.load1Min),
      "frequency_share": number(it.state.frequencyShare),
      "governor": text(it.state.governor),
      "unknown": reasons(it.unknown),
    ]
  }

  private static func opened(_ it: Opened) -> JsonObject {
    [
      "compile_ms": number(it.compileMs),
      "load_ms": number(it.loadMs),
      "first_ms": number(it.firstMs),
      "warm_up_runs": .of(it.warmUpRuns),
    ]
  }

  private static func memory(_ it: Weighed) -> JsonObject {
    [
      "before_bytes": .of(it.part.beforeBytes),
      "loaded_bytes": .of(it.part.loadedBytes),
      "peak_bytes": .of(it.part.peakBytes),
      "runs": .of(it.part.runs),
      "metric": text(it.part.metric),
      "unknown": reasons(it.unknown),
    ]
  }

  private static func turn(_ it: TurnTaken) -> JsonObject {
    [
      "offset_ms": number(it.offsetMs),
      "before": .table(reading(it.before)),
      "after": .table(reading(it.after)),
      "wall_ms": number(it.wallMs),
      "cpu_ms": number(it.cpuMs),
      "waited_ms": number(it.waitedMs),
      "at_ms": .list(it.atMs.map(number)),
      "execute_ms": .list(it.executeMs.map(number)),
      "device": .table(device(it.device)),
      "unknown": reasons(it.unknown),
    ]
  }

  private static func reading(_ it: Reading) -> JsonObject {
    ["integer_ms": number(it.integerMs), "memory_ms": number(it.memoryMs)]
  }

  private static func device(_ it: TurnDevice) -> JsonObject {
    [
      "battery_c": number(it.batteryC), "power": text(it.power), "thermal": text(it.thermal),
      "foreground": .of(it.isForeground),
    ]
  }

  private static func checked(_ it: Checked) -> JsonObject {
    [
      "passages": .list(it.passages.map { .table(passage($0)) }),
      "load_again_ms": number(it.loadAgainMs),
      "why": text(it.why),
    ]
  }

  private static func passage(_ it: Passage) -> JsonObject {
    [
      "at_s": number(it.atS), "pre_ms": number(it.preMs), "execute_ms": number(it.executeMs),
      "post_ms": number(it.postMs),
    ]
  }

  private static func reasons(_ found: [String: String]) -> JsonValue {
    var made = JsonObject()
    for name in found.keys.sorted() { made[name] = text(found[name]) }
    return .table(made)
  }

  private static func text(_ value: String?) -> JsonValue { .of(value.map { Texts.printable($0) }) }

  /// A number that is none becomes one that the reader refuses, as JSON has no word for it.
  private static func number(_ value: Double?) -> JsonValue {
    guard let value else { return .null }
    return .of(value.isFinite ? Decimals.rounded(value, places: places) : -1e300)
  }
}
