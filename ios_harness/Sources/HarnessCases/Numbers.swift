import HarnessCore

/// Fail where a number is not the one that is wanted, to a relative 1e-9; nil is equal to nil alone.
package func expectNear(_ found: Double?, _ wanted: Double?, _ what: String, tolerance: Double = 1e-9) throws {
  let isNear: Bool
  if let found, let wanted {
    isNear = areNear(found, wanted, tolerance: tolerance)
  } else {
    isNear = found == nil && wanted == nil
  }
  if !isNear {
    throw Differs("\(what) is \(found.map { "\($0)" } ?? "none"), not \(wanted.map { "\($0)" } ?? "none")")
  }
}

package func areNear(_ one: Double, _ other: Double, tolerance: Double = 1e-9) -> Bool {
  abs(one - other) <= tolerance * max(1, abs(one), abs(other))
}

/// Fail where two values are not equal.
package func expectEqual<Value: Equatable>(_ found: Value, _ wanted: Value, _ what: String) throws {
  if found != wanted { throw Differs("\(what) is \(found), not \(wanted)") }
}
