import Foundation

/// The least that the yardstick is known to take on this device. `launches`: jobs' turns and earlier ones that came within
/// 3 % of it; it is known once two did. `reachedAtMs`: when one last did, since 1970.
struct Best: Equatable, Sendable {
  var reading: Reading
  var launches: Int
  var reachedAtMs: Int

  static let mostLaunches = 1_000_000
  private static let near = 1.03

  var isKnown: Bool { launches >= 2 }

  /// The best of what was kept and of the turns of a job.
  static func of(_ kept: Best?, _ turns: [Turn], nowMs: Int) -> Best? {
    let least = turns.map { turn in
      Reading(
        integerMs: min(turn.before.integerMs, turn.after.integerMs),
        memoryMs: min(turn.before.memoryMs, turn.after.memoryMs))
    }
    let all = least + [kept?.reading].compactMap { $0 }
    guard let integerMs = all.map(\.integerMs).min(), let memoryMs = all.map(\.memoryMs).min() else { return nil }
    let best = Reading(integerMs: integerMs, memoryMs: memoryMs)
    let near = least.filter { isNear($0, best) }.count
    let before = kept.map { isNear($0.reading, best) ? $0.launches : 0 } ?? 0
    let reachedAtMs = near > 0 ? nowMs : kept?.reachedAtMs ?? nowMs
    return Best(reading: best, launches: min(near + before, mostLaunches), reachedAtMs: reachedAtMs)
  }

  private static func isNear(_ one: Reading, _ best: Reading) -> Bool {
    one.integerMs <= near * best.integerMs && one.memoryMs <= near * best.memoryMs
  }
}

/// Keeps the `Best` from one job to the next; docs/method.md, "The yardstick".
///
/// What is damaged, of another version, of the future or was not reached for 30 days is as if nothing were kept.
struct BestKept {
  let file: URL

  private static let mostBytes = 4096
  private static let ms = 0.0001...100.0
  private static let latestMs = 1 << 48
  private static let clockMs = 60_000
  private static let expiresMs = 30 * 24 * 3_600_000

  /// What is kept; nil where nothing that holds now is.
  func read(nowMs: Int) -> Best? {
    guard let said = try? Strict.read(file, mostBytes: Self.mostBytes),
      let version = try? said.text("version"), Texts.areSame(version, Yardstick.version),
      let integerMs = try? said.number("integer_ms", Self.ms),
      let memoryMs = try? said.number("memory_ms", Self.ms),
      let launches = try? said.whole("launches", most: Best.mostLaunches),
      let reachedAtMs = try? said.whole("reached_at_ms", most: Self.latestMs)
    else { return nil }
    guard (-Self.clockMs...Self.expiresMs).contains(nowMs &- reachedAtMs) else { return nil }
    let reading = Reading(integerMs: integerMs, memoryMs: memoryMs)
    return Best(reading: reading, launches: launches, reachedAtMs: reachedAtMs)
  }

  /// Keep it. Throws `StorageRefused`.
  func write(_ best: Best) throws {
    let table: JsonObject = [
      "version": .of(Yardstick.version),
      "integer_ms": .of(best.reading.integerMs),
      "memory_ms": .of(best.reading.memoryMs),
      "launches": .of(best.launches),
      "reached_at_ms": .of(best.reachedAtMs),
      "reached_at": .of(Moment.text(best.reachedAtMs)),
    ]
    try AtomicFile.write(to: file, data: Array(JsonWriter.write(.table(table)).utf8))
  }
}
