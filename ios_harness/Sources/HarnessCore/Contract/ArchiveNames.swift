/// What the names in a bundle may be: ASCII, short, without folders that lead out. All by bytes.
enum ArchiveNames {
  private static let mostParts = 8
  private static let longestBytes = 200
  private static let longestPartBytes = 64
  private static let slash = UInt8(ascii: "/")
  private static let point = UInt8(ascii: ".")

  /// Give what is wrong with one name, in the order in which conformance/README.md has it; nil for a good one.
  static func fault(_ name: String) -> ArchiveFault? {
    let bytes = Array(name.utf8)
    if bytes.contains(where: { $0 >= 0x80 }) { return .nameNotAscii }
    if bytes.contains(UInt8(ascii: "\\")) { return .nameBackslash }
    if bytes.first == slash { return .nameAbsolute }
    if bytes.last == slash { return .nameFolder }
    let parts = bytes.split(separator: slash, omittingEmptySubsequences: false)
    if parts.contains(where: { $0.isEmpty || $0.elementsEqual([point]) || $0.elementsEqual([point, point]) }) {
      return .nameDots
    }
    let isLong = bytes.count > longestBytes || parts.count > mostParts
    if isLong || parts.contains(where: { $0.count > longestPartBytes }) { return .nameTooLong }
    return parts.allSatisfy(isPart) ? nil : .nameCharacters
  }

  /// Say whether two names are one but for upper and lower case, or one is a file and the folder of another.
  static func hasTwins(_ names: some Collection<String>) -> Bool {
    let low = names.map { $0.utf8.map(lower) }
    let files = Set(low)
    if files.count < low.count { return true }
    return low.contains { name in
      name.indices.contains { name[$0] == slash && files.contains(Array(name[..<$0])) }
    }
  }

  /// Say whether the bytes of one name come before those of another.
  static func precedes(_ one: String, _ other: String) -> Bool { one.utf8.lexicographicallyPrecedes(other.utf8) }

  private static func lower(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }

  private static func isPart(_ part: ArraySlice<UInt8>) -> Bool {
    guard let first = part.first, isWordSign(first), part.last != point else { return false }
    return part.allSatisfy { isWordSign($0) || $0 == point || $0 == UInt8(ascii: "-") }
  }

  private static func isWordSign(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: lower(byte) >= UInt8(ascii: "a") && lower(byte) <= UInt8(ascii: "z")
    }
  }
}
