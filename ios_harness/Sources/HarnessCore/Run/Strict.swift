import Foundation

/// What an earlier step or start wrote and cannot be taken; the message says which part.
struct AnswerRefused: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// A table that a step wrote: each field is there, of its type and within its bounds, or `AnswerRefused` is thrown.
///
/// A phone may have been switched off in the middle of a write, and a runtime may have gone mad: it is data from outside.
struct Strict {
  private let table: JsonObject
  private let place: String

  static let longest = 400
  private static let mostDigits = 18
  private static let mostReasons = 100

  private init(_ table: JsonObject, _ place: String) {
    self.table = table
    self.place = place
  }

  /// Read a file's table; its size is looked at first. Throws `AnswerRefused`.
  static func read(_ file: URL, mostBytes: Int) throws -> Strict {
    guard let size = (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? NSNumber else {
      throw AnswerRefused("it cannot be read")
    }
    guard size.intValue <= mostBytes else { throw AnswerRefused("it is larger than \(mostBytes) bytes") }
    guard let data = try? Data(contentsOf: file), data.count <= mostBytes else {
      throw AnswerRefused("it cannot be read")
    }
    do {
      guard case .table(let table) = try JsonReader.read([UInt8](data)) else { throw AnswerRefused("it is no table") }
      return Strict(table, "")
    } catch let error as NotJson {
      throw AnswerRefused(error.message)
    }
  }

  func text(_ name: String, longest: Int = Strict.longest) throws -> String {
    try text(name, field(name), longest)
  }

  func textOrNil(_ name: String) throws -> String? {
    try orNil(name) { try text(name, $0, Self.longest) }
  }

  func texts(_ name: String, most: Int) throws -> [String] {
    try items(name, most).map { try text(name, $0, Self.longest) }
  }

  func flag(_ name: String) throws -> Bool { try flag(name, field(name)) }

  func flagOrNil(_ name: String) throws -> Bool? { try orNil(name) { try flag(name, $0) } }

  func number(_ name: String, _ bounds: ClosedRange<Double>) throws -> Double { try number(name, field(name), bounds) }

  func numberOrNil(_ name: String, _ bounds: ClosedRange<Double>) throws -> Double? {
    try orNil(name) { try number(name, $0, bounds) }
  }

  func whole(_ name: String, most: Int) throws -> Int { try whole(name, field(name), most) }

  func wholeOrNil(_ name: String, most: Int) throws -> Int? { try orNil(name) { try whole(name, $0, most) } }

  func table(_ name: String) throws -> Strict {
    guard case .table(let found) = try field(name) else { throw refused(name) }
    return Strict(found, "\(place)/\(name)")
  }

  func tableOrNil(_ name: String) throws -> Strict? { try orNil(name) { _ in try table(name) } }

  func tables(_ name: String, most: Int) throws -> [Strict] {
    try items(name, most).enumerated().map { place, one in
      guard case .table(let found) = one else { throw refused(name) }
      return Strict(found, "\(self.place)/\(name)/\(place)")
    }
  }

  func numbers(_ name: String, atMost: Int, _ bounds: ClosedRange<Double>) throws -> [Double] {
    try items(name, atMost).map { try number(name, $0, bounds) }
  }

  func numbersOrNil(_ name: String, atMost: Int, _ bounds: ClosedRange<Double>) throws -> [Double]? {
    try orNil(name) { _ in try numbers(name, atMost: atMost, bounds) }
  }

  /// Reasons by the names of fields.
  func reasons(_ name: String) throws -> [String: String] {
    guard case .table(let found) = try field(name), found.names.count <= Self.mostReasons else { throw refused(name) }
    var reasons: [String: String] = [:]
    for key in found.names {
      guard !key.isEmpty, key.utf8.count <= Self.longest, Texts.prints(key) else { throw refused(name) }
      reasons[key] = try text(name, found[key] ?? .null, Self.longest)
    }
    return reasons
  }

  func oneOf<Kind: RawRepresentable & CaseIterable>(_ name: String, _ kinds: Kind.Type) throws -> Kind
  where Kind.RawValue == String {
    let said = try text(name)
    guard let found = kinds.allCases.first(where: { Texts.areSame($0.rawValue, said) }) else { throw refused(name) }
    return found
  }

  private func orNil<Value>(_ name: String, _ read: (JsonValue) throws -> Value) throws -> Value? {
    let value = try field(name)
    if case .null = value { return nil }
    return try read(value)
  }

  private func items(_ name: String, _ most: Int) throws -> [JsonValue] {
    guard case .list(let found) = try field(name), found.count <= most else { throw refused(name) }
    return found
  }

  private func field(_ name: String) throws -> JsonValue {
    guard let found = table[name] else { throw refused(name) }
    return found
  }

  private func text(_ name: String, _ value: JsonValue, _ longest: Int) throws -> String {
    guard case .text(let found) = value, found.text.utf8.count <= 4 * longest else { throw refused(name) }
    return Texts.printable(found.text, longest: longest)
  }

  private func flag(_ name: String, _ value: JsonValue) throws -> Bool {
    guard case .boolean(let found) = value else { throw refused(name) }
    return found
  }

  private func number(_ name: String, _ value: JsonValue, _ bounds: ClosedRange<Double>) throws -> Double {
    guard case .number(let found) = value, bounds.contains(found.double) else { throw refused(name) }
    return found.double
  }

  private func whole(_ name: String, _ value: JsonValue, _ most: Int) throws -> Int {
    guard case .number(let found) = value, found.isWhole, found.text.utf8.count <= Self.mostDigits,
      let whole = found.int, whole >= 0, whole <= most
    else { throw refused(name) }
    return whole
  }

  private func refused(_ name: String) -> AnswerRefused { AnswerRefused("\(place)/\(name) is not what it must be") }
}
