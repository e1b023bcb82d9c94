/// A JSON value. Numbers keep the text that they were written with.
public enum JsonValue: Hashable, Sendable {
  case table(JsonObject)
  case list([JsonValue])
  case text(JsonText)
  case number(JsonNumber)
  case boolean(Bool)
  case null
}

extension JsonValue {
  /// Whether every number that was written in it is one that a Double holds; 1e999 is none.
  var isFinite: Bool {
    switch self {
    case .number(let number): number.isWhole || number.double.isFinite
    case .list(let items): items.allSatisfy(\.isFinite)
    case .table(let table): !table.hidesInfinite && table.values.allSatisfy(\.isFinite)
    case .text, .boolean, .null: true
    }
  }
}

/// A table, its fields in the order in which they were written. Names are told apart by their bytes.
public struct JsonObject: Hashable, Sendable {
  public private(set) var names: [String] = []
  /// The values, in the order of the names.
  public private(set) var values: [JsonValue] = []
  /// Whether a name held half of a UTF-16 pair; it reads U+FFFD there.
  public internal(set) var hasHalfNames = false
  /// Whether a field was written twice, and its first value held a number that no Double holds.
  var hidesInfinite = false
  private var places: [ExactText: Int] = [:]

  public init() {}

  public init(_ fields: KeyValuePairs<String, JsonValue>) {
    for (name, value) in fields { self[name] = value }
  }

  /// The value of a field; one that is set again keeps its place.
  public subscript(name: String) -> JsonValue? {
    get { places[ExactText(name)].map { values[$0] } }
    set {
      let key = ExactText(name)
      switch (places[key], newValue) {
      case (let place?, let value?): values[place] = value
      case (nil, let value?):
        places[key] = names.count
        names.append(name)
        values.append(value)
      case (let place?, nil): remove(at: place)
      case (nil, nil): break
      }
    }
  }

  private mutating func remove(at place: Int) {
    names.remove(at: place)
    values.remove(at: place)
    places = Dictionary(uniqueKeysWithValues: names.enumerated().map { (ExactText($1), $0) })
  }

  public static func == (one: JsonObject, other: JsonObject) -> Bool {
    one.names.count == other.names.count && zip(one.names, one.values).allSatisfy { other[$0] == $1 }
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(names.count) }
}

/// A text. `isWhole`: false where it held half of a UTF-16 pair, which no Swift text can hold; it reads U+FFFD there.
public struct JsonText: Hashable, Sendable {
  public let text: String
  public let isWhole: Bool

  public init(_ text: String, isWhole: Bool = true) {
    self.text = text
    self.isWhole = isWhole
  }

  /// Say whether every sign prints, and none is half of one.
  public var prints: Bool { isWhole && Texts.prints(text) }

  public static func == (one: JsonText, other: JsonText) -> Bool {
    one.isWhole == other.isWhole && Texts.areSame(one.text, other.text)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(text)) }
}

/// A number. Two are equal where their values are, however they are written.
public struct JsonNumber: Hashable, Sendable {
  public let text: String

  public init(_ text: String) { self.text = text }

  /// Whether it was written without a fraction and without an exponent: 1.0 is no whole number.
  public var isWhole: Bool { !text.utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") } }

  /// Its value; infinite where that is beyond what a Double holds.
  public var double: Double { Double(text) ?? .nan }

  /// Its value where it is whole and fits; else nil.
  public var int: Int? { Int(text) }

  public static func == (one: JsonNumber, other: JsonNumber) -> Bool { one.double == other.double }

  public func hash(into hasher: inout Hasher) { hasher.combine(double) }
}

/// A text that is no JSON; whoever reads it names the file and gives its own kind of error.
public struct NotJson: Error {
  public let message: String

  public init(_ message: String) { self.message = message }
}

extension JsonObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral fields: (String, JsonValue)...) {
    for (name, value) in fields { self[name] = value }
  }
}

extension JsonValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByNilLiteral, ExpressibleByArrayLiteral
{
  public init(stringLiteral value: String) { self = .of(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(integerLiteral value: Int) { self = .of(value) }
  public init(nilLiteral: ()) { self = .null }
  public init(arrayLiteral elements: JsonValue...) { self = .list(elements) }

  public static func of(_ value: String?) -> JsonValue { value.map { .text(JsonText($0)) } ?? .null }
  public static func of(_ value: Bool?) -> JsonValue { value.map { .boolean($0) } ?? .null }
  public static func of(_ value: Int?) -> JsonValue { value.map { .number(JsonNumber(String($0))) } ?? .null }
  public static func of(_ values: [Double]?) -> JsonValue { values.map { .list($0.map { .of($0) }) } ?? .null }
  public static func of(_ values: [String]?) -> JsonValue { values.map { .list($0.map { .of($0) }) } ?? .null }
  public static func of(_ values: [Int]?) -> JsonValue { values.map { .list($0.map { .of($0) }) } ?? .null }

  /// A number as JSON has it in every language of a phone; a whole one without a fraction. It must be finite.
  public static func of(_ value: Double?) -> JsonValue {
    guard let value else { return .null }
    precondition(value.isFinite, "JSON has no \(value)")
    let isWhole = value.rounded() == value && abs(value) <= 9_007_199_254_740_991
    return .number(JsonNumber(isWhole ? String(Int(value)) : value.description))
  }
}
