// Numbers in sentences.

/// Numbers in sentences, with the same digits in every language of a phone, rounded as Python rounds them.
public enum Decimals {
  /// A number with so many places: 0.60. Halves of what a Double really holds go to the even digit.
  public static func fixed(_ value: Double, places: Int) -> String {
    guard value.isFinite else { return value.description }
    var (digits, after) = exact(value.magnitude)
    while after > places + 1 {  // a digit that is left out below the last one still tells more than half from half
      let last = digits.removeFirst()
      after -= 1
      if last > 0, digits[0] == 0 || digits[0] == 5 { digits[0] += 1 }
    }
    if after > places { round(&digits) }
    let zeros = [UInt8](repeating: 0, count: max(0, places - after))
    digits.insert(contentsOf: zeros, at: 0)
    while digits.count <= places { digits.append(0) }
    let signs = digits.reversed().map { Character(Unicode.Scalar(UInt8(ascii: "0") + $0)) }
    let whole = String(signs.dropLast(places))
    let sign = value < 0 && digits.contains { $0 > 0 } ? "-" : ""
    return sign + whole + (places > 0 ? "." + String(signs.suffix(places)) : "")
  }

  /// A share in per cent: 5.0%.
  public static func percent(_ share: Double, places: Int) -> String { fixed(share * 100, places: places) + "%" }

  /// A number rounded to so many places.
  public static func rounded(_ value: Double, places: Int) -> Double {
    Double(fixed(value, places: places)) ?? value
  }

  /// All digits of a number, the lowest first, and how many of them stand behind the point.
  private static func exact(_ value: Double) -> (digits: [UInt8], after: Int) {
    guard value > 0 else { return ([0], 0) }
    let exponent = Int(value.exponent) - 52
    let significand = UInt64(value.significand * 0x1p52)  // below 2^53
    var digits = String(significand).utf8.reversed().map { $0 - UInt8(ascii: "0") }
    if exponent >= 0 {
      for _ in 0..<exponent { multiply(&digits, by: 2) }
      return (digits, 0)
    }
    for _ in 0..<(-exponent) { multiply(&digits, by: 5) }  // half of it is five times it, a place further down
    while digits.count <= -exponent { digits.append(0) }
    return (digits, -exponent)
  }

  private static func multiply(_ digits: inout [UInt8], by factor: UInt8) {
    var carried: UInt8 = 0
    for place in digits.indices {
      let product = digits[place] * factor + carried
      digits[place] = product % 10
      carried = product / 10
    }
    if carried > 0 { digits.append(carried) }
  }

  /// Drop the lowest digit, and round to the even one where it is half.
  private static func round(_ digits: inout [UInt8]) {
    let last = digits.removeFirst()
    guard last > 5 || (last == 5 && digits.first.map { $0 % 2 == 1 } ?? false) else { return }
    for place in digits.indices {
      digits[place] += 1
      if digits[place] < 10 { return }
      digits[place] = 0
    }
    digits.append(1)
  }
}
