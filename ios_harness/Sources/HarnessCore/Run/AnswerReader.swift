import Foundation

/// Reads what a step left, strictly and within bounds; these are those of docs/record.md or narrower.
enum AnswerReader {
  private static let mostBytes = 4 << 20
  private static let ms = 0.0...1e9
  private static let mostMemoryBytes = 1 << 50
  private static let mostCores = 1024
  private static let mostPassages = 16
  private static let mostNodes = 10_000_000
  private static let mostThreads = 65_536

  /// Names of what memory is counted in; docs/record.md, `/memory/metric`.
  private enum Metric: String, CaseIterable {
    case rss, pss, heap
    case footprint = "phys_footprint"
  }

  private enum Power: String, CaseIterable { case mains, battery }

  /// Read it. Throws `AnswerRefused`.
  static func read(_ file: URL) throws -> Answer {
    let said = try Strict.read(file, mostBytes: mostBytes)
    let status = try said.oneOf("status", AnswerStatus.self)
    let reason = try said.text("reason")
    guard (status == .ok) == reason.isEmpty else { throw AnswerRefused("its status does not fit its reason") }
    return Answer(
      status: status,
      reason: reason,
      wasInFront: try said.flag("in_front"),
      isDebugBuild: try said.flag("debug_build"),
      hasDebugger: try said.flag("debugger"),
      runtime: try said.tableOrNil("runtime").map(runtime),
      session: try said.tableOrNil("session").map(session),
      start: try said.tableOrNil("start").map(seen),
      end: try said.tableOrNil("end").map(seen),
      opened: try said.tableOrNil("opened").map(opened),
      memory: try said.tableOrNil("memory").map(memory),
      turn: try said.tableOrNil("turn").map(turn),
      checked: try said.tableOrNil("checked").map(checked)
    )
  }

  private static func runtime(_ it: Strict) throws -> RuntimeFacts {
    RuntimeFacts(
      name: try it.text("name"), tool: try it.text("tool"), version: try it.textOrNil("version"),
      label: try it.text("label"))
  }

  private static func session(_ it: Strict) throws -> SessionSeen {
    SessionSeen(
      accelerator: try accelerator(it.table("accelerator")),
      threads: try it.wholeOrNil("threads", most: mostThreads))
  }

  private static func accelerator(_ it: Strict) throws -> AcceleratorPart {
    let code = try it.textOrNil("arithmetic")
    let arithmetic = code.flatMap { code in Arithmetic.allCases.first { Texts.areSame($0.rawValue, code) } }
    if code != nil && arithmetic == nil { throw AnswerRefused("there is no such arithmetic") }
    return AcceleratorPart(
      asked: try it.text("asked"),
      obtained: try it.textOrNil("obtained"),
      nodes: try it.wholeOrNil("nodes", most: mostNodes),
      nodesDelegated: try it.wholeOrNil("nodes_delegated", most: mostNodes),
      fallback: try it.textOrNil("fallback"),
      arithmetic: arithmetic,
      planned: try it.tableOrNil("planned").map(planned)
    )
  }

  private static func planned(_ it: Strict) throws -> PlannedPart {
    PlannedPart(
      cpu: try it.whole("cpu", most: mostNodes), gpu: try it.whole("gpu", most: mostNodes),
      npu: try it.whole("npu", most: mostNodes))
  }

  private static func seen(_ it: Strict) throws -> Seen {
    let at = try it.text("at")
    guard isMoment(at) else { throw AnswerRefused("a moment is none") }
    let state = StatePart(
      at: at,
      power: try power(it),
      batteryC: try it.numberOrNil("battery_c", -100...200),
      thermal: try it.textOrNil("thermal"),
      isLowPower: try it.flagOrNil("low_power"),
      isForeground: try it.flagOrNil("foreground"),
      busyCores: try it.numberOrNil("busy_cores", 0...Double(mostCores)),
      load1Min: try it.numberOrNil("load_1min", 0...Double(mostThreads)),
      frequencyShare: try it.numberOrNil("frequency_share", 0...1),
      governor: try it.textOrNil("governor")
    )
    return Seen(state: state, unknown: try it.reasons("unknown"))
  }

  /// 2026-01-02T03:04:05.678Z, with up to nine digits of a second's parts, or none and no point.
  private static func isMoment(_ text: String) -> Bool {
    let signs = Array(text.utf8)
    let form = Array("0000-00-00T00:00:00".utf8)
    guard signs.count > form.count, signs.last == UInt8(ascii: "Z") else { return false }
    let isDigit = { (sign: UInt8) in UInt8(ascii: "0")...UInt8(ascii: "9") ~= sign }
    let fits = zip(signs, form).allSatisfy { isDigit($1) ? isDigit($0) : $0 == $1 }
    let parts = signs[form.count..<(signs.count - 1)]
    let isWhole = parts.isEmpty
    let isFraction = parts.first == UInt8(ascii: ".") && 2...10 ~= parts.count && parts.dropFirst().allSatisfy(isDigit)
    return fits && (isWhole || isFraction)
  }

  private static func power(_ it: Strict) throws -> String? {
    try it.textOrNil("power") == nil ? nil : it.oneOf("power", Power.self).rawValue
  }

  private static func opened(_ it: Strict) throws -> Opened {
    Opened(
      compileMs: try it.numberOrNil("compile_ms", ms), loadMs: try it.number("load_ms", ms),
      firstMs: try it.number("first_ms", ms), warmUpRuns: try it.whole("warm_up_runs", most: mostThreads))
  }

  private static func memory(_ it: Strict) throws -> Weighed {
    let part = MemoryPart(
      beforeBytes: try it.wholeOrNil("before_bytes", most: mostMemoryBytes),
      loadedBytes: try it.wholeOrNil("loaded_bytes", most: mostMemoryBytes),
      peakBytes: try it.wholeOrNil("peak_bytes", most: mostMemoryBytes),
      runs: try it.whole("runs", most: mostThreads),
      metric: try it.oneOf("metric", Metric.self).rawValue
    )
    return Weighed(part: part, unknown: try it.reasons("unknown"))
  }

  private static func turn(_ it: Strict) throws -> TurnTaken {
    let executeMs = try it.numbers("execute_ms", atMost: TurnEffort.mostRuns, ms)
    let atMs = try it.numbers("at_ms", atMost: TurnEffort.mostRuns, ms)
    guard !executeMs.isEmpty, atMs.count == executeMs.count else { throw AnswerRefused("its turn has no runs") }
    return TurnTaken(
      offsetMs: try it.number("offset_ms", ms),
      before: try reading(it.table("before")),
      after: try reading(it.table("after")),
      wallMs: try it.number("wall_ms", ms),
      cpuMs: try it.numberOrNil("cpu_ms", ms),
      waitedMs: try it.numberOrNil("waited_ms", ms),
      atMs: atMs,
      executeMs: executeMs,
      device: try device(it.table("device")),
      unknown: try it.reasons("unknown")
    )
  }

  private static func reading(_ it: Strict) throws -> Reading {
    Reading(integerMs: try it.number("integer_ms", ms), memoryMs: try it.number("memory_ms", ms))
  }

  private static func device(_ it: Strict) throws -> TurnDevice {
    TurnDevice(
      batteryC: try it.numberOrNil("battery_c", -100...200),
      power: try power(it),
      thermal: try it.textOrNil("thermal"),
      cores: nil,
      frequencyShare: nil,
      isForeground: try it.flagOrNil("foreground")
    )
  }

  private static func checked(_ it: Strict) throws -> Checked {
    let passages = try it.tables("passages", most: mostPassages).map { one in
      Passage(
        atS: try one.number("at_s", 0...1e6), preMs: try one.number("pre_ms", ms),
        executeMs: try one.number("execute_ms", ms), postMs: try one.number("post_ms", ms))
    }
    return Checked(
      passages: passages, loadAgainMs: try it.numberOrNil("load_again_ms", ms), why: try it.text("why"))
  }
}
