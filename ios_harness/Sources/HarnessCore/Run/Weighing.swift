/// Three looks at a process's memory as a record's part.
enum Weighing {
  private static let compiled =
    "the same process compiled the file, and what that took is in its peak; where a computer starts the job, the file is "
    + "compiled in another one"

  /// The peak is of loading and running alone: nil where the process compiled the file, too, for a peak never falls.
  static func of(
    before: Known<Int>, loaded: Known<Int>, peak: Known<Int>, opening: OpeningTimes, runs: Int, metric: String
  ) -> Weighed {
    let peak = opening.compileMs == nil ? peak : .unknown(compiled)
    var unknown: [String: String] = [:]
    for (name, look) in [("before_bytes", before), ("loaded_bytes", loaded), ("peak_bytes", peak)] {
      unknown[name] = look.why
    }
    let part = MemoryPart(
      beforeBytes: before.value, loadedBytes: loaded.value, peakBytes: peak.value, runs: runs, metric: metric)
    return Weighed(part: part, unknown: unknown)
  }
}
