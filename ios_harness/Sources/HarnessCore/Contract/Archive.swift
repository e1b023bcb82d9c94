/// The canonical zip of docs/bundle.md, open to read; every other zip is refused.
///
/// All of its form is checked when it is opened, the CRC of a file when that is read.
public final class Archive: Sendable {
  private static let chunkBytes = 1 << 20

  /// The names of all files, in order.
  public let names: [String]
  private let source: any Source
  private let entries: [String: ArchiveForm.Entry]  // all names are ASCII

  /// Open a zip; where it is refused, the source is closed. Throws `ArchiveRefused`, `StorageRefused`.
  public init(_ source: any Source) throws {
    do {
      let found = try Archive.checked(source)
      names = found.map(\.name)
      entries = Dictionary(found.map { ($0.name, $0) }) { first, _ in first }
      self.source = source
    } catch {
      source.close()
      throw error
    }
  }

  /// How large a file is. Throws `ArchiveRefused` where there is none of that name.
  public func sizeBytes(_ name: String) throws -> Int { try entry(name).sizeBytes }

  /// Read a file of at most `mostBytes`. Throws `ArchiveRefused`, `StorageRefused`.
  public func read(_ name: String, mostBytes: Int) throws -> [UInt8] {
    let size = try entry(name).sizeBytes
    if size > mostBytes { throw ArchiveRefused(.tooLarge, "\(name) is larger than \(mostBytes) bytes") }
    var data: [UInt8] = []
    data.reserveCapacity(size)
    try chunks(name) { data.append(contentsOf: $0) }
    return data
  }

  /// Pass a file on chunk by chunk. Throws `ArchiveRefused`, after the last chunk where the CRC is wrong.
  public func chunks(_ name: String, take: ([UInt8]) throws -> Void) throws {
    let entry = try entry(name)
    var crc = Crc32()
    var done = 0
    while done < entry.sizeBytes {
      let count = min(Archive.chunkBytes, entry.sizeBytes - done)
      let chunk = try source.read(offset: entry.bodyOffset + done, count: count)
      crc.update(chunk)
      done += chunk.count
      try take(chunk)
    }
    if crc.value != entry.crc { throw ArchiveRefused(.wrongCrc, "the CRC of \(name) is wrong") }
  }

  /// Let go of the file; what is read later is refused.
  public func close() { source.close() }

  private func entry(_ name: String) throws -> ArchiveForm.Entry {
    guard let found = entries[name] else { throw ArchiveRefused(.noSuchFile, "it holds no \(name)") }
    return found
  }

  private static func checked(_ source: any Source) throws -> [ArchiveForm.Entry] {
    let total = source.sizeBytes
    if total < ArchiveForm.endBytes { throw ArchiveRefused(.truncated, "it has only \(total) bytes") }
    if total > ArchiveForm.mostBytes { throw ArchiveRefused(.zip64, "it has \(total) bytes") }
    let end = try source.read(offset: total - ArchiveForm.endBytes, count: ArchiveForm.endBytes)
    let directory = try ArchiveForm.directory(end, total: total)
    let found = try entries(source, directory)
    let body = found.last.map { $0.bodyOffset + $0.sizeBytes } ?? 0
    if body != directory.offset { throw ArchiveRefused(.gap, "there is a gap before its directory") }
    if ArchiveNames.hasTwins(found.map(\.name)) { throw ArchiveRefused(.sameName, "two of its names are one") }
    return found
  }

  private static func entries(_ source: any Source, _ directory: ArchiveForm.Directory) throws -> [ArchiveForm.Entry] {
    let upto = directory.offset + directory.sizeBytes
    var found: [ArchiveForm.Entry] = []
    var at = directory.offset
    var body = 0  // where the next entry has to begin
    for _ in 0..<directory.count {
      if at + ArchiveForm.centralBytes > upto { throw ArchiveRefused(.endRecord, "its directory is truncated") }
      let header = try source.read(offset: at, count: ArchiveForm.centralBytes)
      at += ArchiveForm.centralBytes
      // A name that is said to be longer than the archive ends with it, and is refused for its place.
      let nameCount = ArchiveForm.nameBytes(header)
      let name = try source.read(offset: at, count: min(nameCount, source.sizeBytes - at))
      at += nameCount
      let entry = try ArchiveForm.entry(header, name)
      try checkName(entry.name, after: found.last?.name)
      body = try checkPlace(source, entry, body: body, directory: directory.offset)
      found.append(entry)
    }
    if at != upto { throw ArchiveRefused(.endRecord, "its directory has bytes left over") }
    return found
  }

  private static func checkName(_ name: String, after before: String?) throws {
    let fault = ArchiveNames.fault(name)
    if fault == .nameNotAscii { throw ArchiveRefused(.nameNotAscii, "\(name) is not of ASCII") }
    if let before, !ArchiveNames.precedes(before, name) {
      throw ArchiveRefused(.notSorted, "\(name) does not come after \(before)")
    }
    if let fault { throw ArchiveRefused(fault, "\(name) may be no name of a file: \(fault.code)") }
  }

  /// Check that an entry begins where the one before it ends; return where it ends itself.
  private static func checkPlace(
    _ source: any Source, _ entry: ArchiveForm.Entry, body: Int, directory: Int
  ) throws -> Int {
    let end = entry.bodyOffset + entry.sizeBytes
    if entry.offset != body || end > directory {
      throw ArchiveRefused(.gap, "\(entry.name) does not begin where the one before it ends")
    }
    let wanted = ArchiveForm.local(entry)
    if try source.read(offset: entry.offset, count: wanted.count) != wanted {
      throw ArchiveRefused(.localHeader, "the two headers of \(entry.name) differ")
    }
    return end
  }
}
