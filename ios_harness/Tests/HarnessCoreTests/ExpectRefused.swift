import Testing

@testable import HarnessCore

/// Run what must be refused, and compare the fault's name; nothing else may be thrown.
func expectRefused(_ wanted: String, sourceLocation: SourceLocation = #_sourceLocation, _ act: () throws -> Void) {
  var found = "nothing"
  do {
    try act()
  } catch let error as Refused {
    found = error.fault.code
  } catch {
    found = "another error: \(error)"
  }
  #expect(found == wanted, sourceLocation: sourceLocation)
}
