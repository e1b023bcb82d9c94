/// The .runs file of a class map: runs of equal pixels, in the one form that each map has; docs/bundle.md.
public enum ClassMapFile {
  /// Of a file: what every map with the most pixels fits in, as a run takes two bytes where it is of one pixel.
  public static let mostBytes = headerBytes + 2 * mostPixels
  private static let mostPixels = 100_000_000
  private static let headerBytes = 13
  private static let version: UInt8 = 1
  private static let varintBytes = 4  // hold 28 bits, more than the most pixels
  private static let magic = Array("PSCM".utf8)

  /// Write a map.
  public static func encode(_ map: ClassMap) -> [UInt8] {
    var out = magic + [version] + LittleEndian.long(map.heightPx) + LittleEndian.long(map.widthPx)
    map.pixels.withUnsafeBufferPointer { pixels in
      var start = 0
      while start < pixels.count {
        var end = start + 1
        while end < pixels.count, pixels[end] == pixels[start] { end += 1 }
        out.append(pixels[start])
        append(length: end - start, to: &out)
        start = end
      }
    }
    return out
  }

  /// Read a map; nothing is allocated before its runs are known to fill it. Throws `ClassMapRefused`.
  public static func decode(_ data: [UInt8]) throws -> ClassMap {
    let (height, width) = try size(data)
    try walk(data, whole: height * width) { _, _ in }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(height * width)
    try walk(data, whole: height * width) { pixels.append(contentsOf: repeatElement($0, count: $1)) }
    return try ClassMap(heightPx: height, widthPx: width, pixels: pixels)
  }

  private static func append(length: Int, to out: inout [UInt8]) {
    var length = length
    while length >= 0x80 {
      out.append(UInt8(truncatingIfNeeded: length & 0x7F | 0x80))
      length >>= 7
    }
    out.append(UInt8(truncatingIfNeeded: length))
  }

  private static func walk(_ data: [UInt8], whole: Int, take: (_ kind: UInt8, _ count: Int) -> Void) throws {
    var at = headerBytes
    var filled = 0
    var last: UInt8?
    while at < data.count {
      let kind = data[at]
      at += 1
      let length = try length(data, &at)
      if length == 0 || kind == last { throw refused(.notCanonical, "two neighbouring runs are one") }
      if length > whole - filled { throw refused(.tooLong, "its runs have more pixels than it has") }
      take(kind, length)
      filled += length
      last = kind
    }
    if filled < whole { throw refused(.truncated, "its runs fill \(filled) of \(whole) pixels") }
  }

  private static func size(_ data: [UInt8]) throws -> (heightPx: Int, widthPx: Int) {
    if !data.starts(with: magic) { throw refused(.noClassMap, "it does not begin with PSCM") }
    if data.count > magic.count, data[magic.count] != version {
      throw refused(.otherVersion, "it is of version \(data[magic.count])")
    }
    if data.count < headerBytes { throw refused(.truncated, "it ends within its header") }
    var fields = LittleEndian(data, at: magic.count + 1)
    let height = fields.long()
    let width = fields.long()
    let sides = 1...mostPixels
    guard sides.contains(height), sides.contains(width), height * width <= mostPixels else {
      throw refused(.beyondBounds, "it is of \(height) x \(width) pixels")
    }
    return (height, width)
  }

  private static func length(_ data: [UInt8], _ at: inout Int) throws -> Int {
    var value = 0
    for place in 0..<varintBytes {
      guard at < data.count else { throw refused(.truncated, "it ends within a run") }
      let part = Int(data[at])
      at += 1
      value |= (part & 0x7F) << (7 * place)
      if part < 0x80 {
        if place > 0, part == 0 { throw refused(.notCanonical, "a length is not in its shortest form") }
        return value
      }
    }
    throw refused(.tooLong, "a length has too many bytes")
  }

  private static func refused(_ fault: ClassMapFault, _ what: String) -> ClassMapRefused {
    ClassMapRefused(fault, "a class map is damaged: \(what)")
  }
}
