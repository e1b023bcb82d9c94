/// What a computer starts the app with: `--bundle HASH --job JOB`.
public struct LaunchArguments: Equatable, Sendable {
  /// The bundle's hash, 64 hex digits.
  public var bundle: String

  /// The job's id, 32 hex digits.
  public var job: String

  public init(bundle: String, job: String) {
    self.bundle = bundle
    self.job = job
  }

  /// Arguments that ask for a job and are not of the one form; the message says what is wrong with them.
  public struct Wrong: Error, Equatable {
    public let message: String
  }

  /// Read them, the program's own name left out; nil where they ask for no job: a person opened the app, or Xcode did.
  ///
  /// Throws `Wrong` where they ask for one in any other form than both names, each once and with its value.
  public static func parse(_ arguments: [String]) throws -> LaunchArguments? {
    let names = ["--bundle", "--job"]
    let asks = arguments.contains { given in names.contains { given.utf8.starts(with: $0.utf8) } }
    if !asks { return nil }
    var found: [String: String] = [:]
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let known = names.first(where: { Texts.areSame($0, name) }) else {
        throw Wrong(message: "the app does not know the argument \(Texts.printable(name, longest: 60))")
      }
      guard found[known] == nil else { throw Wrong(message: "\(known) is given twice") }
      guard let value = rest.popFirst() else { throw Wrong(message: "\(known) has no value") }
      found[known] = value
    }
    guard let bundle = found["--bundle"], isHex(bundle, digits: 64) else {
      throw Wrong(message: "--bundle must be given, and is a bundle's hash of 64 hex digits in lower case")
    }
    guard let job = found["--job"], isHex(job, digits: 32) else {
      throw Wrong(message: "--job must be given, and is a job's id of 32 hex digits in lower case")
    }
    return LaunchArguments(bundle: bundle, job: job)
  }

  private static func isHex(_ text: String, digits: Int) -> Bool {
    let hex = Array("0123456789abcdef".utf8)
    return text.utf8.count == digits && text.utf8.allSatisfy(hex.contains)
  }
}
