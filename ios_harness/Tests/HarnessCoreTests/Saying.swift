@testable import HarnessCore

/// Makes of a case's JSON what it says.
enum Saying {
  static func reading(_ said: JsonObject) -> Reading {
    Reading(integerMs: said.double("integer_ms"), memoryMs: said.double("memory_ms"))
  }

  static func turn(_ said: JsonObject) -> Turn {
    Turn(
      number: said.int("number"),
      startedS: said.double("started_s"),
      before: reading(said.table("before")),
      after: reading(said.table("after")),
      wallMs: said.double("wall_ms"),
      cpuMs: said.doubleOrNil("cpu_ms"),
      waitedMs: said.doubleOrNil("waited_ms"),
      othersMs: said.doubleOrNil("others_ms"),
      stolenMs: said.doubleOrNil("stolen_ms"),
      switches: said.intOrNil("switches"),
      atMs: said.doubles("at_ms"),
      executeMs: said.doubles("execute_ms"),
      batch: said.int("batch")
    )
  }

  static func statistics(_ said: JsonObject) -> Statistics {
    Statistics(
      runs: said.int("runs"),
      turns: said.int("turns"),
      undisturbedTurns: said.int("undisturbed_turns"),
      p50Ms: said.doubleOrNil("p50_ms"),
      p50LowMs: said.doubleOrNil("p50_low_ms"),
      p50HighMs: said.doubleOrNil("p50_high_ms"),
      p50AllMs: said.doubleOrNil("p50_all_ms"),
      p90Ms: said.doubleOrNil("p90_ms"),
      p99Ms: said.doubleOrNil("p99_ms"),
      cv: said.doubleOrNil("cv"),
      drift: said.doubleOrNil("drift")
    )
  }

  static func conditions(_ said: JsonObject) -> Conditions {
    Conditions(
      isBestKnown: said.bool("best_known"),
      othersBefore: said.doubleOrNil("others_before"),
      othersDuring: said.doubleOrNil("others_during"),
      othersAfter: said.doubleOrNil("others_after"),
      stolen: said.doubleOrNil("stolen"),
      swappedBytes: said.intOrNil("swapped_bytes"),
      frequency: said.doubleOrNil("frequency"),
      thermal: said.textOrNil("thermal"),
      isLowPower: said.boolOrNil("low_power"),
      isHidden: said.boolOrNil("hidden"),
      isDebugBuild: said.boolOrNil("debug_build"),
      hasDebugger: said.boolOrNil("debugger"),
      isSimulator: said.boolOrNil("simulator"),
      isTest: said.boolOrNil("test"),
      acceleratorAsked: said.text("accelerator_asked"),
      acceleratorObtained: said.textOrNil("accelerator_obtained"),
      golden: GoldenStatus(rawValue: said.text("golden"))!,
      goldenReason: said.text("golden_reason")
    )
  }

  /// A look at the device, as a case of `seen` has it before and after.
  static func state(_ said: JsonObject) -> StatePart {
    StatePart(
      at: "2026-01-02T03:04:05Z",
      power: nil,
      batteryC: nil,
      thermal: said.textOrNil("thermal"),
      isLowPower: said.boolOrNil("low_power"),
      isForeground: said.boolOrNil("foreground"),
      busyCores: nil,
      load1Min: nil,
      frequencyShare: said.doubleOrNil("frequency_share"),
      governor: nil
    )
  }

  /// A turn in which the device was looked at, and nothing ran.
  static func lookedAt(_ said: JsonObject) -> Turn {
    let isSeen = said["cores"]?.items != nil
    let device = TurnDevice(
      batteryC: said.doubleOrNil("battery_c"),
      power: said.textOrNil("power"),
      thermal: said.textOrNil("thermal"),
      cores: isSeen ? said.ints("cores") : nil,
      frequencyShare: isSeen ? said.doubles("frequency_share") : nil,
      isForeground: said.boolOrNil("foreground")
    )
    return Turn(
      number: 0, startedS: 0, before: Made.quick, after: Made.quick, wallMs: 1, cpuMs: nil, waitedMs: nil,
      othersMs: nil, stolenMs: nil, switches: nil, atMs: [], executeMs: [], device: device)
  }
}
