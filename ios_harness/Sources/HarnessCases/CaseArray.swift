import Foundation
import HarnessCore

/// An array of a case: a type, a shape, and its bytes, row-major and little endian.
package struct CaseArray {
  package let dtype: String
  package let shape: [Int]
  package let data: [UInt8]

  package init(dtype: String, shape: [Int], data: [UInt8]) {
    self.dtype = dtype
    self.shape = shape
    self.data = data
  }

  package init(_ picture: Picture) {
    self.init(dtype: "uint8", shape: [picture.heightPx, picture.widthPx, 3], data: picture.rgb)
  }

  package init(_ map: ClassMap) {
    self.init(dtype: "uint8", shape: [map.heightPx, map.widthPx], data: map.pixels)
  }

  package init(_ scores: Scores) {
    let bits = scores.values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
    self.init(dtype: "float32", shape: [scores.classes, scores.heightPx, scores.widthPx], data: bits)
  }

  package func picture() throws -> Picture {
    guard shape.count == 3, shape[2] == 3 else { throw CaseFault("an array is no picture") }
    return try Picture(heightPx: shape[0], widthPx: shape[1], rgb: data)
  }

  package func classMap() throws -> ClassMap {
    guard shape.count == 2 else { throw CaseFault("an array is no class map") }
    return try ClassMap(heightPx: shape[0], widthPx: shape[1], pixels: data)
  }

  package func scores() throws -> Scores {
    guard shape.count == 3, dtype == "float32", data.count == 4 * shape.reduce(1, *) else {
      throw CaseFault("an array is no scores")
    }
    let values = data.withUnsafeBytes { memory in
      stride(from: 0, to: data.count, by: 4).map { place in
        Float(bitPattern: UInt32(littleEndian: memory.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
      }
    }
    let notFinite = values.filter { !$0.isFinite }.count
    return Scores(
      classes: shape[0], heightPx: shape[1], widthPx: shape[2], values: values, notFinite: notFinite)
  }

  /// Fail where this is not what a case must give, and name the fault that gives it.
  package func expect(_ wanted: Said, _ faults: Said?) throws {
    let hash = Hashes.sha256(data)
    let isOwn = try dtype == wanted.text("dtype") && shape == wanted.ints("shape") && hash == wanted.text("sha256")
    if !isOwn { throw Differs("not as it must be: \(try CaseArray.cause(hash, faults))") }
  }

  /// Fail where this is not the `is` of a case, and name the fault that gives it.
  package func expect(_ said: Said, _ name: String = "is") throws {
    try expect(said.table(name), said.isNull("faults") ? nil : said.table("faults"))
  }

  /// Name the usual fault that gives a wrong result.
  package static func cause(_ hash: String, _ faults: Said?) throws -> String {
    let named = try faults?.names.filter { try faults?.table($0).text("sha256") == hash } ?? []
    return named.isEmpty ? "no usual fault gives this" : "this is what \(named.joined(separator: " or ")) gives"
  }
}

/// The folder of all cases, `conformance/cases` of a checkout.
package struct CaseFolder: Sendable {
  package let folder: URL

  package init(_ folder: URL) { self.folder = folder }

  package func bytes(_ file: String) throws -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: folder.appendingPathComponent(file)))
    } catch {
      throw CaseFault("\(file) cannot be read below \(folder.path)")
    }
  }

  /// Read an array that a case starts from, and check it.
  package func array(_ said: Said) throws -> CaseArray {
    let data = try said.textOrNil("hex").map(unhex) ?? bytes(said.text("file"))
    guard Hashes.sha256(data) == (try said.text("sha256")) else {
      throw CaseFault("an array of the cases is damaged: \(try said.textOrNil("file") ?? "its hex")")
    }
    return CaseArray(dtype: try said.text("dtype"), shape: try said.ints("shape"), data: data)
  }

  package func unhex(_ text: String) throws -> [UInt8] {
    let digits = try text.utf8.map { sign in
      switch sign {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): return sign - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): return sign - UInt8(ascii: "a") + 10
      default: throw CaseFault("the cases hold what is no hex")
      }
    }
    guard digits.count % 2 == 0 else { throw CaseFault("the cases hold half a byte of hex") }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

/// Run what must be refused, and compare the fault's name; nothing else may be thrown.
package func expectRefused(_ wanted: String, _ act: () throws -> Void) throws {
  do {
    try act()
  } catch let error as Refused {
    if error.fault.code != wanted { throw Differs("refused as \(error.fault.code), not as \(wanted)") }
    return
  }
  throw Differs("read, and not refused as \(wanted)")
}
