/// Three looks at a process's memory as a record's part.
enum Weighing {
  private static let compiled =
    "the same process compiled the file, and what that took is in its peak; where a computer starts the job, the file is "
    + "compiled in another one"

  private static let earlier =
    "the process had held as much before it opened the file, and a peak never falls: what the file took is not seen in it"

  /// The peak is of loading and running alone: nil where the process compiled the file, too, or had held more before (which
  /// `earlier` says), for a peak never falls.
  static func of(
    before: Known<Int>, loaded: Known<Int>, earlier: Known<Int>, peak: Known<Int>, opening: OpeningTimes, runs: Int,
    metric: String
  ) -> Weighed {
    var peak = peak
    if opening.compileMs != nil {
      peak = .unknown(compiled)
    } else if let was = earlier.value, let most = peak.value, most <= was {
      peak = .unknown(Self.earlier)
    }
    var unknown: [String: String] = [:]
    for (name, look) in [("before_bytes", before), ("loaded_bytes", loaded), ("peak_bytes", peak)] {
      unknown[name] = look.why
    }
    let part = MemoryPart(
      beforeBytes: before.value, loadedBytes: loaded.value, peakBytes: peak.value, runs: runs, metric: metric)
    return Weighed(part: part, unknown: unknown)
  }
}
