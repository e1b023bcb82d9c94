/// Three looks at a process's memory as a record's part.
enum Weighing {
  static func of(before: Known<Int>, loaded: Known<Int>, peak: Known<Int>, runs: Int, metric: String) -> Weighed {
    var unknown: [String: String] = [:]
    for (name, look) in [("before_bytes", before), ("loaded_bytes", loaded), ("peak_bytes", peak)] {
      unknown[name] = look.why
    }
    let part = MemoryPart(
      beforeBytes: before.value, loadedBytes: loaded.value, peakBytes: peak.value, runs: runs, metric: metric)
    return Weighed(part: part, unknown: unknown)
  }
}
