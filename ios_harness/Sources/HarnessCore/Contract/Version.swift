/// The MAJOR.MINOR that a document says of itself.
struct Version: Equatable, Sendable {
  let major: Int
  let minor: Int

  init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Read `schema_version`; nil where it is none.
  init?(of document: JsonObject) {
    guard case .text(let said)? = document["schema_version"], said.isWhole else { return nil }
    let parts = said.text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 2, let major = Version.part(parts[0]), let minor = Version.part(parts[1]) else { return nil }
    self.init(major: major, minor: minor)
  }

  private static func part(_ digits: Substring.UTF8View) -> Int? {
    guard (1...4).contains(digits.count) else { return nil }
    guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
    return digits.reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) }
  }
}
