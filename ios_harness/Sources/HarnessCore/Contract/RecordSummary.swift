// What a table shows of a record.

/// What a table shows of a record; nil: not known. Times in ms.
public struct RecordSummary: Equatable, Sendable {
  public let file: String
  public let status: String
  public let reason: String
  public let accelerator: String?
  public let obtained: String?
  public let threads: Int?
  public let p50Ms: Double?
  public let p50LowMs: Double?
  public let p50HighMs: Double?
  public let endToEndMs: Double?
  public let compileMs: Double?
  public let coldMs: Double?
  public let warmMs: Double?
  public let peakBytes: Int?
  public let undisturbedTurns: Int?
  public let turns: Int?
  public let golden: String?
  public let goldenReason: String
  public let leastAgreement: Double?
  public let verdict: VerdictKind?
  public let verdictReasons: [String]
  public let runtime: String

  /// Of a document that `RecordReader` has read.
  public static func of(_ record: JsonObject) -> RecordSummary {
    let statistics = record["statistics"]?.table
    let load = record["load"]?.table
    let accelerator = record["accelerator"]?.table
    let golden = record["golden"]?.table
    let runtime = record.table("runtime")
    return RecordSummary(
      file: record.table("artifact").text("file"),
      status: record.text("status"),
      reason: record.text("reason"),
      accelerator: accelerator?.textOrNil("asked"),
      obtained: accelerator?.textOrNil("obtained"),
      threads: runtime.intOrNil("threads_asked"),
      p50Ms: statistics?.doubleOrNil("p50_ms") ?? statistics?.doubleOrNil("p50_all_ms"),
      p50LowMs: statistics?.doubleOrNil("p50_low_ms"),
      p50HighMs: statistics?.doubleOrNil("p50_high_ms"),
      endToEndMs: statistics?.doubleOrNil("end_to_end_ms"),
      compileMs: load?.doubleOrNil("compile_ms"),
      coldMs: load?.doubleOrNil("cold_ms"),
      warmMs: load?.doubleOrNil("warm_ms"),
      peakBytes: record["memory"]?.table?.intOrNil("peak_bytes"),
      undisturbedTurns: statistics?.intOrNil("undisturbed_turns"),
      turns: statistics?.intOrNil("turns"),
      golden: golden?.textOrNil("status"),
      goldenReason: golden?.textOrNil("reason") ?? "",
      leastAgreement: record["bundle"]?.table?.tables("photos").compactMap { $0.doubleOrNil("agreement") }.min(),
      verdict: record.textOrNil("verdict").flatMap(VerdictKind.init(rawValue:)),
      verdictReasons: record.texts("verdict_reasons"),
      runtime: [runtime.text("name"), runtime.textOrNil("version")].compactMap { $0 }.joined(separator: " ")
    )
  }
}
