@testable import HarnessCore

/// The name of what was refused; "nothing" where it was taken.
func refusal(_ act: () throws -> Any?) -> String {
  do {
    _ = try act()
    return "nothing"
  } catch let refused as Refused {
    return refused.fault.code
  } catch {
    return "another error: \(error)"
  }
}
