/// What the app was started for: by a hand, or by a computer with a bundle's hash and a job's id.
public enum LaunchArguments: Equatable, Sendable {
  case byHand
  case job(bundle: String, job: String)
  /// A computer meant a job, and what it said is none; without an id there is nowhere to say so.
  case unclear(job: String?, reason: String)

  /// Read the words after the program's own name; words that are not known are overlooked: Xcode adds its own.
  public static func of(_ words: [String]) -> LaunchArguments {
    let bundle = value(after: "--bundle", words)
    let job = value(after: "--job", words)
    if !words.contains("--bundle") && !words.contains("--job") { return .byHand }
    guard let job, Hashes.isId(job) else { return .unclear(job: nil, reason: "a job's id has 32 hex digits") }
    guard let bundle, Hashes.isSha256(bundle) else {
      return .unclear(job: job, reason: "a bundle's hash has 64 hex digits")
    }
    return .job(bundle: bundle, job: job)
  }

  private static func value(after name: String, _ words: [String]) -> String? {
    guard let place = words.firstIndex(of: name), place + 1 < words.count else { return nil }
    return words[place + 1]
  }
}
