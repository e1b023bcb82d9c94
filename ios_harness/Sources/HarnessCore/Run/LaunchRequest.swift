import Foundation

/// What a step is for. `prepare` opens a file for the first time, so that what the system makes of it is at hand for the
/// process in which its memory is looked at: a step of its own. Outputs are looked at in the last one.
enum LaunchKind: String, CaseIterable, Sendable {
  case prepare
  case memory
  case turn
  case final

  /// What progress.json says of a step. `number`: the pass's, from 0.
  func phase(_ number: Int) -> String {
    switch self {
    case .prepare: "first opening"
    case .memory: "memory"
    case .turn: "pass \(number + 1)"
    case .final: "last turn, and its output"
    }
  }
}

/// What a step is asked to do: a file of the bundle, and where what it needs lies and what it makes goes.
///
/// On the disk it is the journal's entry, too: `process` says which process began the step, `attempt` for which time, from
/// 1, and `bootS` when the device had been started; see `LaunchLog`.
struct LaunchRequest: Equatable, Sendable {
  var kind: LaunchKind
  var run: Int
  var number: Int
  var bundle: URL
  var artifact: Int
  var file: URL
  var accelerator: String
  var threads: Int
  var photo: URL
  var maps: URL
  var folder: URL
  var beganS: Double
  var process: String
  var attempt: Int
  var bootS: Int?

  private static let mostBytes = 1 << 16
  private static let mostS = 1e7
  private static let longestName = 4096
  private static let mostPlaces = 1_000_000
  private static let latestS = 1 << 40

  /// What its files are called, which is what it is: so a job that is started again finds them.
  var key: String { Self.key(run, kind, number) }

  static func key(_ run: Int, _ kind: LaunchKind, _ number: Int) -> String {
    kind == .turn ? "\(run)-turn-\(number)" : "\(run)-\(kind.rawValue)"
  }

  /// Write it as it lies in a folder.
  func toJson(in base: URL) -> String {
    let name = { (file: URL) in JsonValue.of(Relative.name(of: file, from: base)) }
    return JsonWriter.write(
      .table([
        "kind": .of(kind.rawValue),
        "run": .of(run),
        "number": .of(number),
        "bundle": name(bundle),
        "artifact": .of(artifact),
        "file": name(file),
        "accelerator": .of(accelerator),
        "threads": .of(threads),
        "photo": name(photo),
        "maps": name(maps),
        "folder": name(folder),
        "began_s": .of(beganS),
        "process": .of(process),
        "attempt": .of(attempt),
        "boot_s": .of(bootS),
      ]))
  }

  /// Read one; names are of its own folder. Throws `AnswerRefused`.
  static func read(_ from: URL) throws -> LaunchRequest {
    let said = try Strict.read(from, mostBytes: mostBytes)
    let base = from.deletingLastPathComponent()
    let file = { (name: String) in Relative.file(try said.text(name, longest: longestName), from: base) }
    return LaunchRequest(
      kind: try said.oneOf("kind", LaunchKind.self),
      run: try said.whole("run", most: mostPlaces),
      number: try said.whole("number", most: mostPlaces),
      bundle: try file("bundle"),
      artifact: try said.whole("artifact", most: mostPlaces),
      file: try file("file"),
      accelerator: try said.text("accelerator"),
      threads: try said.whole("threads", most: 64),
      photo: try file("photo"),
      maps: try file("maps"),
      folder: try file("folder"),
      beganS: try said.number("began_s", 0...mostS),
      process: try said.text("process"),
      attempt: try said.whole("attempt", most: mostPlaces),
      bootS: try said.wholeOrNil("boot_s", most: latestS)
    )
  }
}
