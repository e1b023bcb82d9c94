// A turn as JSON.

/// A turn as JSON, as it stands in a record; what the device was like is there where it was looked at.
enum TurnJson {
  static func of(_ turn: Turn) -> JsonValue {
    var found: JsonObject = [
      "number": .of(turn.number),
      "started_s": .of(turn.startedS),
      "before": reading(turn.before),
      "after": reading(turn.after),
      "wall_ms": .of(turn.wallMs),
      "cpu_ms": .of(turn.cpuMs),
      "waited_ms": .of(turn.waitedMs),
      "others_ms": .of(turn.othersMs),
      "stolen_ms": .of(turn.stolenMs),
      "switches": .of(turn.switches),
      "batch": .of(turn.batch),
      "at_ms": .of(turn.atMs),
      "pre_ms": .of(turn.preMs),
      "execute_ms": .of(turn.executeMs),
      "post_ms": .of(turn.postMs),
    ]
    if let seen = turn.device { found["device"] = device(seen) }
    return .table(found)
  }

  private static func reading(_ it: Reading) -> JsonValue {
    .table(["integer_ms": .of(it.integerMs), "memory_ms": .of(it.memoryMs)])
  }

  private static func device(_ it: TurnDevice) -> JsonValue {
    .table([
      "battery_c": .of(it.batteryC),
      "power": .of(it.power),
      "thermal": .of(it.thermal),
      "cores": .of(it.cores),
      "frequency_share": .of(it.frequencyShare),
      "foreground": .of(it.isForeground),
    ])
  }
}
