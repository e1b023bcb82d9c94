/// Numbers as all screens write them, with the same digits in every language.
public enum Figures {
  /// A time in ms, with three digits at the least: 1.23 ms, 45.6 ms, 1234 ms.
  public static func ms(_ value: Double) -> String {
    Decimals.fixed(value, places: value < 10 ? 2 : value < 1000 ? 1 : 0) + " ms"
  }

  /// A size in the units of ten that iOS shows: 512 B, 3 kB, 1.5 MB.
  public static func bytes(_ value: Int) -> String {
    switch value {
    case ..<1000: "\(value) B"
    case ..<1_000_000: Decimals.fixed(Double(value) / 1e3, places: 0) + " kB"
    case ..<1_000_000_000: Decimals.fixed(Double(value) / 1e6, places: 1) + " MB"
    default: Decimals.fixed(Double(value) / 1e9, places: 2) + " GB"
    }
  }

  /// A share in per cent, never rounded up to the whole: 0.99999 is not 100 %.
  public static func percent(_ share: Double) -> String {
    let text = Decimals.fixed(share * 100, places: 2)
    return (share < 1 && text == "100.00" ? "99.99" : text) + " %"
  }

  /// A moment of a record, to the minute: 2026-01-02 03:04 UTC.
  public static func moment(_ at: String) -> String {
    let signs = Array(at.unicodeScalars)
    guard signs.count >= 16 else { return at }
    return Texts.joined(signs[..<10]) + " " + Texts.joined(signs[11..<16]) + " UTC"
  }

  /// So many of a thing: 1 file, 3 files.
  public static func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }
}

extension Texts {
  static func joined(_ signs: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: signs)
    return String(text)
  }
}
