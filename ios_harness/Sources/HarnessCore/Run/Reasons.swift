/// Texts of runtimes and systems as a record's reasons: one line, of bounded length, files without their folders.
enum Reasons {
  private static let longest = 300

  /// Make it one; never empty.
  static func clean(_ text: String) -> String {
    let line = withoutFolders(Array(Texts.printable(text, longest: 4 * longest).unicodeScalars))
    var made = Texts.printable(String(String.UnicodeScalarView(line)), longest: longest).unicodeScalars[...]
    while made.first == " " { made.removeFirst() }
    while made.last == " " { made.removeLast() }
    return made.isEmpty ? "no reason was given" : String(made)
  }

  /// Leave out `/a/b/` of `/a/b/c`, and of `file:///a/b/c`, but not of `1/2` or `https://x.org/a/b`.
  private static func withoutFolders(_ signs: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var kept: [Unicode.Scalar] = []
    var at = 0
    while at < signs.count {
      let isFile = signs[at...].starts(with: "file:///".unicodeScalars)
      let start = isFile ? at + "file://".unicodeScalars.count : at
      if signs[start] == "/", isFile || kept.last.map(isOfName) != true {
        at = folderEnd(signs, start)
        if at == start {
          kept.append(signs[at])
          at += 1
        }
      } else {
        kept.append(signs[at])
        at += 1
      }
    }
    return kept
  }

  /// Where the folder that begins with a slash ends: after its last slash; where it begins if it is none.
  private static func folderEnd(_ signs: [Unicode.Scalar], _ start: Int) -> Int {
    var end = start
    var at = start + 1
    var length = 0
    while at < signs.count, !endsPath(signs[at]) {
      if signs[at] == "/" {
        if length == 0 { break }
        end = at + 1
        length = 0
      } else {
        length += 1
      }
      at += 1
    }
    return end
  }

  private static func isOfName(_ sign: Unicode.Scalar) -> Bool {
    sign.properties.isAlphabetic || sign.properties.numericType != nil || "_.:/".unicodeScalars.contains(sign)
  }

  private static func endsPath(_ sign: Unicode.Scalar) -> Bool {
    sign.properties.isWhitespace || ":\"'(),".unicodeScalars.contains(sign)
  }
}
