/// Texts from outside: strict UTF-8, and the signs that no name, record or screen should be given.
///
/// Swift compares texts by what they look like: "ü" of one sign equals "ü" of two. Where bytes count, compare `utf8`.
public enum Texts {
  /// Decode UTF-8, a byte order mark left out; nil for bytes that are none.
  public static func decode(_ data: [UInt8]) -> String? {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return exact(data.starts(with: mark) ? data[mark.count...] : data[...])
  }

  /// Decode UTF-8 as it is; nil for bytes that are none. What is none is mended by `decoding`, and so has other bytes.
  static func exact(_ data: ArraySlice<UInt8>) -> String? {
    let made = String(decoding: data, as: UTF8.self)
    return made.utf8.elementsEqual(data) ? made : nil
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

/// A text that equals those of the same bytes alone: for sets, and for names in tables.
struct ExactText: Hashable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (one: ExactText, other: ExactText) -> Bool { Texts.areSame(one.text, other.text) }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
