import Foundation
import HarnessCore

/// An argument in a message: as it was given, on one line, and no longer than leaves room for what is said of it.
enum Given {
  private static let longest = 160

  static func shown(_ argument: String) -> String {
    let signs = argument.unicodeScalars
    guard signs.count > longest else { return Texts.printable(argument) }
    return "..." + Texts.printable(String(String.UnicodeScalarView(signs.suffix(longest - 3))))
  }

  /// A file or a folder whose place was given.
  static func shown(_ place: URL) -> String { shown(place.relativePath) }
}

/// What could be done with none of what was given; why.
struct Failed: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
