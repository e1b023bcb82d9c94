import Foundation

/// A schema's pattern, looked for in a text's UTF-16 as JavaScript does.
struct SchemaPattern: @unchecked Sendable {  // a regular expression may be used by several threads at once
  private let expression: NSRegularExpression

  /// A pattern that is none is a fault of this program.
  init(_ text: String) {
    // Here `$` also stands before a last line's end; the schemas mean the end alone.
    let pattern = text.replacingOccurrences(of: "$", with: "\\z")
    guard let made = try? NSRegularExpression(pattern: pattern) else {
      preconditionFailure("a schema's pattern is none: \(text)")
    }
    expression = made
  }

  /// Say whether it is found in a text.
  func isFound(in text: String) -> Bool {
    let whole = NSRange(location: 0, length: text.utf16.count)
    return expression.rangeOfFirstMatch(in: text, range: whole).location != NSNotFound
  }
}
