// The names of all errors, as conformance/cases spells them.

/// What something from outside was refused for.
public protocol Fault: Sendable {
  /// The name in lower case, its words joined by hyphens.
  var code: String { get }
}

/// What a zip may be refused for; docs/bundle.md, "The zip".
public enum ArchiveFault: String, Fault, CaseIterable {
  case truncated
  case endRecord = "end-record"
  case zip64
  case compressed
  case encrypted
  case dataDescriptor = "data-descriptor"
  case flags
  case twoSizes = "two-sizes"
  case extraField = "extra-field"
  case comment
  case madeBy = "made-by"
  case attributes
  case time
  case otherDisk = "other-disk"
  case localHeader = "local-header"
  case gap
  case notSorted = "not-sorted"
  case sameName = "same-name"
  case wrongCrc = "wrong-crc"
  case nameNotAscii = "name-not-ascii"
  case nameBackslash = "name-backslash"
  case nameAbsolute = "name-absolute"
  case nameFolder = "name-folder"
  case nameDots = "name-dots"
  case nameTooLong = "name-too-long"
  case nameCharacters = "name-characters"
  case noSuchFile = "no-such-file"
  case tooLarge = "too-large"

  public var code: String { rawValue }
}

/// What a .runs file may be refused for; docs/bundle.md, "Class maps".
public enum ClassMapFault: String, Fault, CaseIterable {
  case noClassMap = "no-class-map"
  case otherVersion = "other-version"
  case beyondBounds = "beyond-bounds"
  case truncated
  case notCanonical = "not-canonical"
  case tooLong = "too-long"

  public var code: String { rawValue }
}

/// What a bundle may be refused for; docs/bundle.md, "bundle.json".
public enum BundleFault: String, Fault, CaseIterable {
  case notJson = "not-json"
  case notATable = "not-a-table"
  case noVersion = "no-version"
  case otherVersion = "other-version"
  case missing
  case unknownField = "unknown-field"
  case wrongType = "wrong-type"
  case outOfBounds = "out-of-bounds"
  case badValue = "bad-value"
  case notSorted = "not-sorted"
  case sameName = "same-name"
  case name
  case classes
  case photo
  case inputSize = "input-size"
  case place
  case sizesDiffer = "sizes-differ"
  case artifact
  case runTwice = "run-twice"
  case counts
  case networkMaps = "network-maps"
  case notListed = "not-listed"
  case notNamed = "not-named"
  case fileMissing = "file-missing"
  case fileStray = "file-stray"
  case fileSize = "file-size"
  case fileHash = "file-hash"
  case noBundleJson = "no-bundle-json"
  case manifest
  case classMap = "class-map"

  public var code: String { rawValue }
}

/// What a manifest may be refused for; conformance/README.md, "Errors".
public enum ManifestFault: String, Fault, CaseIterable {
  case notJson = "not-json"
  case otherVersion = "other-version"
  case missing
  case unknownEntry = "unknown-entry"
  case wrongType = "wrong-type"
  case outOfBounds = "out-of-bounds"
  case badValue = "bad-value"
  case doesNotPrint = "does-not-print"
  case fileName = "file-name"
  case classes
  case coloursNotClasses = "colours-not-classes"
  case classesNotChannels = "classes-not-channels"
  case sizesDiffer = "sizes-differ"
  case golden

  public var code: String { rawValue }
}

/// What a record may be refused for; docs/record.md.
public enum RecordFault: String, Fault, CaseIterable {
  case notJson = "not-json"
  case notATable = "not-a-table"
  case noVersion = "no-version"
  case otherVersion = "other-version"
  case seal
  case missing
  case unknownField = "unknown-field"
  case wrongType = "wrong-type"
  case outOfBounds = "out-of-bounds"
  case badValue = "bad-value"
  case doesNotPrint = "does-not-print"
  case samples
  case statistics
  case classes
  case status
  case verdict
  case null

  public var code: String { rawValue }
}

/// What tensors, planes and class maps may be refused for; docs/preprocessing.md.
public enum DataFault: String, Fault, CaseIterable {
  case noSuchOutput = "no-such-output"
  case otherTensor = "other-tensor"
  case classesNotChannels = "classes-not-channels"
  case noSuchClass = "no-such-class"
  case noSuchLabel = "no-such-label"
  case otherSize = "other-size"
  case beyondMemory = "beyond-memory"
  case unsupported

  public var code: String { rawValue }
}

/// What a place on the disk may be refused for.
public enum StorageFault: String, Fault, CaseIterable {
  case badName = "bad-name"
  case cannotRead = "cannot-read"
  case cannotWrite = "cannot-write"
  case alreadyThere = "already-there"

  public var code: String { rawValue }
}
