import HarnessCore

// Makes of a case's JSON what it says.

extension Reading {
  init(_ said: Said) throws {
    self.init(integerMs: try said.double("integer_ms"), memoryMs: try said.double("memory_ms"))
  }
}

extension Turn {
  init(_ said: Said) throws {
    self.init(
      number: try said.int("number"),
      startedS: try said.double("started_s"),
      before: try Reading(said.table("before")),
      after: try Reading(said.table("after")),
      wallMs: try said.double("wall_ms"),
      cpuMs: try said.doubleOrNil("cpu_ms"),
      waitedMs: try said.doubleOrNil("waited_ms"),
      othersMs: try said.doubleOrNil("others_ms"),
      stolenMs: try said.doubleOrNil("stolen_ms"),
      switches: try said.intOrNil("switches"),
      atMs: try said.doubles("at_ms"),
      executeMs: try said.doubles("execute_ms"),
      batch: try said.int("batch")
    )
  }

  /// A turn in which the device was looked at, and nothing ran.
  init(lookedAt said: Said) throws {
    let isSeen = !said.isNull("cores")
    let device = TurnDevice(
      batteryC: try said.doubleOrNil("battery_c"),
      power: try said.textOrNil("power"),
      thermal: try said.textOrNil("thermal"),
      cores: isSeen ? try said.ints("cores") : nil,
      frequencyShare: isSeen ? try said.doubles("frequency_share") : nil,
      isForeground: try said.boolOrNil("foreground")
    )
    let none = Reading(integerMs: 1, memoryMs: 1)
    self.init(
      number: 0, startedS: 0, before: none, after: none, wallMs: 1, cpuMs: nil, waitedMs: nil, othersMs: nil,
      stolenMs: nil, switches: nil, atMs: [], executeMs: [], device: device)
  }
}

extension Statistics {
  init(_ said: Said) throws {
    self.init(
      runs: try said.int("runs"),
      turns: try said.int("turns"),
      undisturbedTurns: try said.int("undisturbed_turns"),
      p50Ms: try said.doubleOrNil("p50_ms"),
      p50LowMs: try said.doubleOrNil("p50_low_ms"),
      p50HighMs: try said.doubleOrNil("p50_high_ms"),
      p50AllMs: try said.doubleOrNil("p50_all_ms"),
      p90Ms: try said.doubleOrNil("p90_ms"),
      p99Ms: try said.doubleOrNil("p99_ms"),
      cv: try said.doubleOrNil("cv"),
      drift: try said.doubleOrNil("drift")
    )
  }
}

extension Conditions {
  init(_ said: Said) throws {
    guard let golden = GoldenStatus(rawValue: try said.text("golden")) else {
      throw CaseFault("no golden check comes out as \(try said.text("golden"))")
    }
    self.init(
      isBestKnown: try said.bool("best_known"),
      othersBefore: try said.doubleOrNil("others_before"),
      othersDuring: try said.doubleOrNil("others_during"),
      othersAfter: try said.doubleOrNil("others_after"),
      stolen: try said.doubleOrNil("stolen"),
      swappedBytes: try said.intOrNil("swapped_bytes"),
      frequency: try said.doubleOrNil("frequency"),
      thermal: try said.textOrNil("thermal"),
      isLowPower: try said.boolOrNil("low_power"),
      isHidden: try said.boolOrNil("hidden"),
      isDebugBuild: try said.boolOrNil("debug_build"),
      hasDebugger: try said.boolOrNil("debugger"),
      isSimulator: try said.boolOrNil("simulator"),
      isTest: try said.boolOrNil("test"),
      acceleratorAsked: try said.text("accelerator_asked"),
      acceleratorObtained: try said.textOrNil("accelerator_obtained"),
      golden: golden,
      goldenReason: try said.text("golden_reason")
    )
  }
}

extension StatePart {
  /// A look at the device, as a case of `seen` has it before and after.
  init(_ said: Said) throws {
    self.init(
      at: "2026-01-02T03:04:05Z",
      power: nil,
      batteryC: nil,
      thermal: try said.textOrNil("thermal"),
      isLowPower: try said.boolOrNil("low_power"),
      isForeground: try said.boolOrNil("foreground"),
      busyCores: nil,
      load1Min: nil,
      frequencyShare: try said.doubleOrNil("frequency_share"),
      governor: nil
    )
  }
}
