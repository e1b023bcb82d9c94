import Foundation

/// What became of a step, when in the job it began, and for which time.
struct Outcome: Sendable {
  enum Kind: Sendable {
    case answered(Answer)
    /// Why there is no answer.
    case failed(String)
    /// It was not taken, and the run goes on; why.
    case leftOut(String)
  }

  var beganS: Double
  var attempt = 1
  var kind: Kind
}

/// A job's journal on the disk: what was asked, what was answered, or how it ended without.
///
/// The request is there before its step begins. So the next process finds which file was running when the one before it
/// ended, and says so, or does the step again where its end says nothing of the file.
struct LaunchLog {
  let folder: URL
  private static let mostBytes = 1 << 16
  private static let nobody = ""

  func request(_ key: String) -> URL { folder.appendingPathComponent("\(key).request.json") }

  func answer(_ key: String) -> URL { folder.appendingPathComponent("\(key).answer.json") }

  private func ended(_ key: String) -> URL { folder.appendingPathComponent("\(key).ended.json") }

  private func leftOut(_ key: String) -> URL { folder.appendingPathComponent("\(key).left-out.json") }

  /// When a step began, in the job's seconds; nil where it did not.
  func beganS(_ key: String) -> Double? { asked(key)?.beganS }

  /// What was asked last; nil where nothing was, or it is damaged.
  func asked(_ key: String) -> LaunchRequest? { try? LaunchRequest.read(request(key)) }

  /// What became of a step; nil where it is still to do.
  func outcome(_ key: String) -> Outcome? {
    if let why = said(leftOut(key), "why") { return Outcome(beganS: 0, kind: .leftOut(why)) }
    guard let asked = asked(key) else { return nil }
    let became = { (kind: Outcome.Kind) in Outcome(beganS: asked.beganS, attempt: asked.attempt, kind: kind) }
    // first, as a step that was given up may still answer before its process is left
    if let failure = said(ended(key), "failure") { return became(.failed(failure)) }
    guard isThere(answer(key)) else { return nil }
    do {
      return became(.answered(try AnswerReader.read(answer(key))))
    } catch {
      let why = (error as? AnswerRefused)?.message ?? ""
      return became(.failed("it left a damaged answer: \(why)"))
    }
  }

  /// Whether a step was decided not to be taken.
  func isLeftOut(_ key: String) -> Bool { said(leftOut(key), "why") != nil }

  /// Ask: what an earlier try left is gone.
  func begin(_ request: LaunchRequest) throws {
    remove(answer(request.key))
    remove(ended(request.key))
    try write(request)
  }

  /// Forget what came of a step that is still to do: no process runs it now, so none that ends is blamed on its file.
  func forget(_ key: String) throws {
    remove(answer(key))
    guard var asked = asked(key) else { return }
    asked.process = Self.nobody
    try write(asked)
  }

  /// Keep why there is no answer.
  func end(_ key: String, _ failure: String) throws { try write(ended(key), "failure", failure) }

  /// Keep why a step is not taken.
  func leaveOut(_ key: String, _ why: String) throws { try write(leftOut(key), "why", why) }

  /// When the last step began, in the job's seconds: a job that goes on counts on from there.
  func lastBeganS() -> Double { requests().compactMap { try? LaunchRequest.read($0).beganS }.max() ?? 0 }

  /// Judge what an earlier process left in the middle: its steps have no answer and no end.
  ///
  /// `interrupted`: the processes that ended while they were not in front. What they ran, and what ran when the device was
  /// switched off, is still to do, three times at most; else it failed.
  func judge(_ process: ThisProcess, interrupted: [String]) throws {
    for file in requests() {
      guard let asked = try? LaunchRequest.read(file), outcome(asked.key) == nil else { continue }
      if Texts.areSame(asked.process, process.id) || Texts.areSame(asked.process, Self.nobody) { continue }
      let wasInterrupted = interrupted.contains { Texts.areSame($0, asked.process) }
      let isExcused = wasInterrupted || Boot.areTwo(asked.bootS, process.bootS)
      if isExcused && asked.attempt < JobEffort.mostAttempts {
        try forget(asked.key)
        continue
      }
      let times = isExcused ? ", as it had \(asked.attempt - 1) times before" : ""
      try end(asked.key, "the app ended while it ran this file\(times): \(why(isExcused, wasInterrupted))")
    }
  }

  /// Begin to hold a run's class maps against the golden ones; say whether that was not tried too often.
  func beginScoring(_ run: Int) throws -> Bool {
    let file = folder.appendingPathComponent("\(run)-scoring.json")
    let earlier = (try? Strict.read(file, mostBytes: Self.mostBytes).whole("attempt", most: 1_000)) ?? 0
    guard earlier < JobEffort.mostAttempts else { return false }
    try AtomicFile.write(to: file, data: Array(JsonWriter.write(.table(["attempt": .of(earlier + 1)])).utf8))
    return true
  }

  private func why(_ isExcused: Bool, _ wasInterrupted: Bool) -> String {
    if wasInterrupted { return "it was not in front" }
    if isExcused { return "the device was started anew, or its clock was set" }
    return "the system does not tell it why; it may have crashed, or used too much memory"
  }

  private func requests() -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".request.json") }.sorted().map { folder.appendingPathComponent($0) }
  }

  private func said(_ file: URL, _ name: String) -> String? {
    isThere(file) ? try? Strict.read(file, mostBytes: Self.mostBytes).text(name) : nil
  }

  private func write(_ request: LaunchRequest) throws {
    try AtomicFile.write(to: self.request(request.key), data: Array(request.toJson(in: folder).utf8))
  }

  private func write(_ file: URL, _ name: String, _ text: String) throws {
    var table = JsonObject()
    table[name] = .of(Reasons.clean(text))
    try AtomicFile.write(to: file, data: Array(JsonWriter.write(.table(table)).utf8))
  }

  private func isThere(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }

  private func remove(_ file: URL) { try? FileManager.default.removeItem(at: file) }
}
