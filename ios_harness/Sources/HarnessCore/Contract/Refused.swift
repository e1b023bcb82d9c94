/// Why something from outside was not taken: one family of errors, each with a fault of its own list.
///
/// A fault's `code` is the name that conformance/cases gives it. The message is for people and may change.
public class Refused: Error, CustomStringConvertible, @unchecked Sendable {
  public let fault: any Fault
  public let message: String

  fileprivate init(_ fault: any Fault, _ detail: String) {
    self.fault = fault
    self.message = Texts.printable(detail)
  }

  public var description: String { message }
}

/// A zip that is not of the canonical form.
public final class ArchiveRefused: Refused, @unchecked Sendable {
  public init(_ fault: ArchiveFault, _ detail: String) { super.init(fault, detail) }
}

/// A file of class maps (.runs) that is damaged.
public final class ClassMapRefused: Refused, @unchecked Sendable {
  public init(_ fault: ClassMapFault, _ detail: String) { super.init(fault, detail) }
}

/// A bundle that is damaged, or that its own parts contradict.
public final class BundleRefused: Refused, @unchecked Sendable {
  public init(_ fault: BundleFault, _ detail: String) { super.init(fault, detail) }
}

/// A manifest.json that says what no manifest may.
public final class ManifestRefused: Refused, @unchecked Sendable {
  public init(_ fault: ManifestFault, _ detail: String) { super.init(fault, detail) }
}

/// A record that is damaged, or that its own parts contradict.
public final class RecordRefused: Refused, @unchecked Sendable {
  public init(_ fault: RecordFault, _ detail: String) { super.init(fault, detail) }
}

/// Tensors, planes and class maps that do not fit what was said of them.
public final class DataRefused: Refused, @unchecked Sendable {
  public init(_ fault: DataFault, _ detail: String) { super.init(fault, detail) }
}

/// A place on the disk that cannot be read or written.
public final class StorageRefused: Refused, @unchecked Sendable {
  public init(_ fault: StorageFault, _ detail: String) { super.init(fault, detail) }
}
