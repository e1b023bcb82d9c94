// Why a figure is null in a record.

/// Why a figure is null in a record: what the caller says, and what holds of every phone or follows from the method.
enum RecordReasons {
  private static let scoredElsewhere = "the computer that made the bundle scores the class maps"

  static func of(_ document: RecordDocument) -> JsonObject {
    var found = [
      "/device/python": "no Python drove it",
      "/device/matrix_tiles": "phones have none",
      "/quality": scoredElsewhere,
    ]
    if document.runtime.desktopVersion == nil {
      found["/runtime/desktop_version"] = "the file's manifest does not say"
    }
    if let accelerator = document.accelerator, accelerator.obtained == accelerator.asked {
      found["/accelerator/fallback"] = "it is what was asked"
    }
    if document.accelerator?.planned == nil { found["/accelerator/planned"] = "the runtime does not say" }
    if document.load?.compileMs == nil { found["/load/compile_ms"] = "nothing was compiled" }
    if document.verdict == nil { found["/verdict"] = document.reason }
    if let statistics = document.statistics {
      for (name, reason) in reasons(statistics, hasPassages: !document.endToEnd.isEmpty) {
        found["/statistics/\(name)"] = reason
      }
    }
    found.merge(document.unknown) { $1 }
    var made = JsonObject()
    for (name, reason) in found.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) where !reason.isEmpty
    {
      made[name] = .of(Texts.printable(reason, longest: RecordJson.longest))
    }
    return made
  }

  private static func reasons(_ it: Statistics, hasPassages: Bool) -> [(name: String, reason: String)] {
    let few = "there are too few turns"
    let fewRuns = "there are too few runs, or samples are means"
    let figures = [
      ("p50_ms", it.p50Ms, few),
      ("p50_low_ms", it.p50LowMs, few),
      ("p50_high_ms", it.p50HighMs, few),
      ("p50_all_ms", it.p50AllMs, few),
      ("p90_ms", it.p90Ms, fewRuns),
      ("p99_ms", it.p99Ms, fewRuns),
      ("cv", it.cv, fewRuns),
      ("drift", it.drift, few),
      ("end_to_end_ms", hasPassages ? 0 : nil, "no whole passage was taken"),
    ]
    return figures.filter { $0.1 == nil }.map { ($0.0, $0.2) }
      + ["miou", "miou_low", "miou_high", "iou"].map { ($0, scoredElsewhere) }
  }
}
