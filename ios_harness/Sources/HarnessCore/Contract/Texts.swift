/// Texts from outside: strict UTF-8, and the signs that no name, record or screen should be given.
///
/// Swift compares texts by what they look like: "ü" of one sign equals "ü" of two. Where bytes count, compare `utf8`.
public enum Texts {
  /// Decode UTF-8, a byte order mark left out; nil for bytes that are none.
  public static func decode(_ data: [UInt8]) -> String? {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return String(validating: data.starts(with: mark) ? data.dropFirst(mark.count) : data[...])
  }

  /// Say whether every sign prints: no controls, no line ends, nothing that turns text.
  public static func prints(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(prints) }

  /// Make a text one line that a record and a screen take, of at most `longest` signs.
  public static func printable(_ text: String, longest: Int = 300) -> String {
    var made = String.UnicodeScalarView()
    for sign in text.unicodeScalars.prefix(longest) {
      made.append(prints(sign) ? sign : sign.value < 0x20 ? " " : "?")
    }
    return String(made)
  }

  /// Say whether two texts are of the same bytes.
  public static func areSame(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }

  private static func prints(_ sign: Unicode.Scalar) -> Bool {
    switch sign.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: false
    default: true
    }
  }
}

extension String {
  /// Decode strict UTF-8; nil for bytes that are none.
  fileprivate init?(validating data: ArraySlice<UInt8>) {
    var decoder = UTF8()
    var bytes = data.makeIterator()
    var made = String.UnicodeScalarView()
    while true {
      switch decoder.decode(&bytes) {
      case .scalarValue(let sign): made.append(sign)
      case .emptyInput:
        self = String(made)
        return
      case .error: return nil
      }
    }
  }
}
