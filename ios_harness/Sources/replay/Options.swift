/// What a command was given: places without a name, and values that follow a name.
struct Options {
  let places: [String]
  private let values: [String: String]

  /// `places`: how many there may be. `named`: the names that there are. Throws `WrongUse`.
  init(_ arguments: ArraySlice<String>, places most: ClosedRange<Int>, named: [String]) throws {
    var places: [String] = []
    var values: [String: String] = [:]
    var rest = arguments
    while let given = rest.popFirst() {
      if given.isEmpty { throw WrongUse("an argument is empty") }
      guard given.hasPrefix("-"), given != "-" else {
        places.append(given)
        continue
      }
      guard named.contains(given) else {
        throw WrongUse("it has no option \(Given.shown(given))")
      }
      guard values[given] == nil else { throw WrongUse("\(given) is given twice") }
      guard let value = rest.popFirst(), !value.isEmpty else { throw WrongUse("\(given) has no value") }
      values[given] = value
    }
    if places.count < most.lowerBound { throw WrongUse("it needs a file or a folder") }
    if places.count > most.upperBound {
      throw WrongUse("\(Given.shown(places[most.upperBound])) is one argument too many")
    }
    self.places = places
    self.values = values
  }

  subscript(name: String) -> String? { values[name] }

  /// A value that must be given. Throws `WrongUse`.
  func wanted(_ name: String) throws -> String {
    guard let value = values[name] else { throw WrongUse("\(name) is missing") }
    return value
  }
}
