/// What a shared file is called: plain letters, so that every mailer and file system takes it.
public enum ShareNames {
  /// The zip of a job's results: the bundle's name as far as it is plain, and the job's first digits.
  public static func results(bundle: String?, job: String) -> String {
    let plain = (bundle ?? "").unicodeScalars.map { isPlain($0) ? Character($0) : "-" }
    var name = ""
    for sign in plain where !(sign == "-" && (name.isEmpty || name.hasSuffix("-"))) { name.append(sign) }
    while name.hasSuffix("-") { name.removeLast() }
    let cut = String(name.prefix(40))
    return "pocketseg-" + (cut.isEmpty ? "" : cut + "-") + String(job.prefix(8)) + ".zip"
  }

  private static func isPlain(_ sign: Unicode.Scalar) -> Bool {
    switch sign {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
  }
}
