import Foundation
import Testing

@testable import HarnessCore

/// A case of conformance/cases: one argument of a test, so that cases are counted and named.
struct Case: Sendable, CustomTestStringConvertible {
  let name: String
  let table: JsonObject

  var testDescription: String { name }
}

/// An array of a case: a type, a shape, and its bytes, row-major and little endian.
struct CaseArray {
  let dtype: String
  let shape: [Int]
  let data: [UInt8]

  func picture() throws -> Picture { try Picture(heightPx: shape[0], widthPx: shape[1], rgb: data) }

  func classMap() throws -> ClassMap { try ClassMap(heightPx: shape[0], widthPx: shape[1], pixels: data) }
}

/// Reads conformance/cases, and says what a wrong result most likely comes from.
enum Cases {
  /// The checkout's root: this file lies four folders below it.
  static let checkout = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { found, _ in found.deletingLastPathComponent()
  }
  static let folder = checkout.appendingPathComponent("conformance/cases")

  /// A set's file; where there is none the tests cannot be told from such as passed, so they end.
  static func of(_ name: String) -> JsonObject {
    do {
      let data = try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
      return try JsonReader.read(Array(data)).table!
    } catch {
      fatalError("the cases of \(name) cannot be read: \(error)")
    }
  }

  /// The cases of a list of a set, each with a name.
  static func each(_ name: String, _ list: String = "cases") -> [Case] {
    let found = of(name).tables(list).enumerated().map { place, table in
      Case(name: table.textOrNil("name") ?? "\(list) \(place)", table: table)
    }
    precondition(!found.isEmpty, "\(name) has no \(list)")
    return found
  }

  /// Read an array that a case starts from, and check it.
  static func array(_ said: JsonObject) throws -> CaseArray {
    let data =
      try said.textOrNil("hex").map(unhex)
      ?? Array(Data(contentsOf: folder.appendingPathComponent(said.text("file"))))
    try #require(Hashes.sha256(data) == said.text("sha256"))
    return CaseArray(dtype: said.text("dtype"), shape: said.ints("shape"), data: data)
  }

  /// Fail where a result is not the case's, and name the fault that gives it.
  static func expect(
    _ found: CaseArray, _ table: JsonObject, _ wanted: String = "is",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let said = table.table(wanted)
    let hash = Hashes.sha256(found.data)
    let isAsWanted =
      found.dtype == said.text("dtype") && found.shape == said.ints("shape") && hash == said.text("sha256")
    #expect(isAsWanted, "not as it must be; \(cause(hash, table))", sourceLocation: sourceLocation)
  }

  static func expect(
    _ found: Picture, _ table: JsonObject, _ wanted: String = "is", sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let array = CaseArray(dtype: "uint8", shape: [found.heightPx, found.widthPx, 3], data: found.rgb)
    expect(array, table, wanted, sourceLocation: sourceLocation)
  }

  static func expect(
    _ found: ClassMap, _ table: JsonObject, _ wanted: String = "is", sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let array = CaseArray(dtype: "uint8", shape: [found.heightPx, found.widthPx], data: found.pixels)
    expect(array, table, wanted, sourceLocation: sourceLocation)
  }

  /// Name the usual fault that gives a wrong result.
  static func cause(_ hash: String, _ table: JsonObject) -> String {
    let faults = table["faults"]?.table ?? JsonObject()
    let named = faults.names.filter { faults.table($0).text("sha256") == hash }
    return named.isEmpty ? "no usual fault gives this" : "this is what \(named.joined(separator: " or ")) gives"
  }

  /// Run what must be refused, and compare the fault's name; nothing else may be thrown.
  static func expectRefused(
    _ wanted: String, sourceLocation: SourceLocation = #_sourceLocation, _ act: () throws -> Void
  ) {
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

  static func unhex(_ text: String) -> [UInt8] {
    let digits = text.utf8.map { UInt8(JsonEscapes.value(ofHex: $0)!) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
