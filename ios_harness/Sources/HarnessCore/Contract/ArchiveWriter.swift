/// Writes the one canonical zip of some small files, in memory.
public enum ArchiveWriter {
  /// Write them, by name. Throws `ArchiveRefused` for a name that may be none.
  public static func write(_ files: [String: [UInt8]]) throws -> [UInt8] {
    var body: [UInt8] = []
    var directory: [UInt8] = []
    for (name, data) in files.sorted(by: { ArchiveNames.precedes($0.key, $1.key) }) {
      if let fault = ArchiveNames.fault(name) {
        throw ArchiveRefused(fault, "\(name) may be no name of a file: \(fault.code)")
      }
      var crc = Crc32()
      crc.update(data)
      let entry = ArchiveForm.Entry(
        name: name, nameBytes: Array(name.utf8), offset: body.count, sizeBytes: data.count, crc: crc.value, needed: 10)
      body += ArchiveForm.local(entry) + data
      directory += ArchiveForm.central(entry)
    }
    if ArchiveNames.hasTwins(files.keys) { throw ArchiveRefused(.sameName, "two names are one") }
    let total = body.count + directory.count + ArchiveForm.endBytes
    guard files.count <= ArchiveForm.mostEntries, total <= ArchiveForm.mostBytes else {
      throw ArchiveRefused(.tooLarge, "\(files.count) files of \(total) bytes are more than a zip holds")
    }
    return body + directory + ArchiveForm.end(count: files.count, sizeBytes: directory.count, offset: body.count)
  }
}
