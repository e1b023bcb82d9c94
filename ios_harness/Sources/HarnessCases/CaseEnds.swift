/// A case whose result is another than it must be; the message says in what, and what that most likely comes from.
package struct Differs: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// A case that cannot be looked at here; the message says why.
package struct Skipped: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// A file of cases that is not as conformance/README.md says.
package struct CaseFault: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// How a case came out.
package enum Outcome: Equatable, Sendable {
  case equal
  case differs(String)
  case skipped(String)
}
