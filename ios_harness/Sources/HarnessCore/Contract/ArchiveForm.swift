/// The headers of the canonical zip, byte by byte; docs/bundle.md, "The zip".
enum ArchiveForm {
  static let localBytes = 30
  static let centralBytes = 46
  static let endBytes = 22
  static let mostEntries = 65_534
  static let mostBytes = 0xFFFF_FFFE

  private static let local = 0x0403_4B50
  private static let central = 0x0201_4B50
  private static let end = 0x0605_4B50
  private static let needed = 10
  private static let madeBy = 20
  private static let date = 0x21
  private static let none = 0xFFFF_FFFF  // in a zip64, where the real number stands elsewhere

  /// A file in the archive. `offset`: of its local header.
  struct Entry {
    let name: String
    let nameBytes: [UInt8]
    let offset: Int
    let sizeBytes: Int
    let crc: UInt32
    let needed: Int

    var bodyOffset: Int { offset + ArchiveForm.localBytes + nameBytes.count }
  }

  /// What the end record says.
  struct Directory {
    let count: Int
    let sizeBytes: Int
    let offset: Int
  }

  /// Read the last 22 bytes of an archive of `total` bytes. Throws `ArchiveRefused`.
  static func directory(_ data: [UInt8], total: Int) throws -> Directory {
    var fields = LittleEndian(data)
    if fields.long() != end { throw ArchiveRefused(.endRecord, "it does not end with an end record") }
    let disks = fields.long()
    let here = fields.word()
    let count = fields.word()
    let found = Directory(count: count, sizeBytes: fields.long(), offset: fields.long())
    let comment = fields.word()
    if count > mostEntries || found.sizeBytes == none || found.offset == none {
      throw ArchiveRefused(.zip64, "it is zip64")
    }
    let isPlain = disks == 0 && here == count && comment == 0
    guard isPlain, found.offset + found.sizeBytes + endBytes == total else {
      throw ArchiveRefused(.endRecord, "its end record has a comment, or does not fit its size")
    }
    return found
  }

  /// How long the name in a central header is.
  static func nameBytes(_ header: [UInt8]) -> Int {
    var fields = LittleEndian(header, at: 28)
    return fields.word()
  }

  /// Read a central header and its name. Throws `ArchiveRefused`.
  static func entry(_ header: [UInt8], _ nameBytes: [UInt8]) throws -> Entry {
    let found = CentralHeader(header)
    let name = String(String.UnicodeScalarView(nameBytes.map { Unicode.Scalar($0) }))
    if let fault = fault(found) {
      throw ArchiveRefused(fault, "the entry \(name) is not canonical: \(fault.code)")
    }
    return Entry(
      name: name, nameBytes: nameBytes, offset: found.offset, sizeBytes: found.size,
      crc: UInt32(truncatingIfNeeded: found.crc), needed: found.needed)
  }

  /// The one local header that fits an entry, its name after it.
  static func local(_ entry: Entry) -> [UInt8] { LittleEndian.long(local) + shared(entry) + entry.nameBytes }

  /// The one central header of an entry, its name after it.
  static func central(_ entry: Entry) -> [UInt8] {
    LittleEndian.long(central) + LittleEndian.word(madeBy) + shared(entry) + [UInt8](repeating: 0, count: 10)
      + LittleEndian.long(entry.offset) + entry.nameBytes
  }

  /// The one end record.
  static func end(count: Int, sizeBytes: Int, offset: Int) -> [UInt8] {
    LittleEndian.long(end) + LittleEndian.long(0) + LittleEndian.word(count) + LittleEndian.word(count)
      + LittleEndian.long(sizeBytes) + LittleEndian.long(offset) + LittleEndian.word(0)
  }

  /// What both headers of an entry say alike.
  private static func shared(_ entry: Entry) -> [UInt8] {
    LittleEndian.word(entry.needed) + [UInt8](repeating: 0, count: 6) + LittleEndian.word(date)
      + LittleEndian.long(Int(entry.crc)) + LittleEndian.long(entry.sizeBytes) + LittleEndian.long(entry.sizeBytes)
      + LittleEndian.word(entry.nameBytes.count) + LittleEndian.word(0)
  }

  /// What is wrong with a central header, in the order of conformance/README.md; nil for a canonical one.
  private static func fault(_ header: CentralHeader) -> ArchiveFault? {
    let isNeeded = header.needed == needed || header.needed == madeBy
    let isBeyond = !isNeeded || [header.packed, header.size, header.offset].contains(none)
    let checks: [(Bool, ArchiveFault)] = [
      (header.signature != central, .endRecord),
      (header.flags & 1 != 0, .encrypted),
      (header.flags & 8 != 0, .dataDescriptor),
      (header.flags != 0, .flags),
      (header.method != 0, .compressed),
      (isBeyond, .zip64),
      (header.packed != header.size, .twoSizes),
      (header.extra != 0, .extraField),
      (header.comment != 0, .comment),
      (header.disk != 0, .otherDisk),
      (header.madeBy != madeBy, .madeBy),
      (header.internalBits != 0 || header.externalBits != 0, .attributes),
      (header.time != 0 || header.date != date, .time),
    ]
    return checks.first { $0.0 }?.1
  }
}

/// The fields of a central header, in their order.
private struct CentralHeader {
  let signature, madeBy, needed, flags, method, time, date, crc, packed, size: Int
  let extra, comment, disk, internalBits, externalBits, offset: Int

  init(_ header: [UInt8]) {
    var fields = LittleEndian(header)
    signature = fields.long()
    madeBy = fields.word()
    needed = fields.word()
    flags = fields.word()
    method = fields.word()
    time = fields.word()
    date = fields.word()
    crc = fields.long()
    packed = fields.long()
    size = fields.long()
    _ = fields.word()  // the name's length
    extra = fields.word()
    comment = fields.word()
    disk = fields.word()
    internalBits = fields.word()
    externalBits = fields.long()
    offset = fields.long()
  }
}
