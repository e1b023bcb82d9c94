import Foundation

/// What the class maps of a run come to.
struct MapsTaken {
  var results: [PhotoResult]
  var golden: GoldenResult

  private static let mostBytes = 64 << 20
  private static let headerBytes = 13

  /// Read the maps that a step left, keep them with the results, and hold them against the golden ones.
  ///
  /// docs/bundle.md, "The golden check". Throws `AnswerRefused` for a map that is missing or is none of its photo.
  static func of(
    _ bundle: OpenBundle, artifact: Int, _ said: AcceleratorPart, maps: URL, _ results: Results
  ) throws -> MapsTaken {
    let golden = bundle.content.golden[artifact]
    let isInEights = said.arithmetic == .int8 && golden.arithmetic != .int8
    let check = GoldenCheck(
      bundle, artifact: artifact, accelerator: said.obtained, arithmetic: isInEights ? nil : said.arithmetic)
    var found: [PhotoResult] = []
    for photo in bundle.content.photos.indices {
      let map = try read(bundle, OutputCheck.file(maps, photo), photo)
      found.append(PhotoResult(mapSha256: try results.add(map), agreement: try check.add(map)))
    }
    check.again(try read(bundle, OutputCheck.again(maps), 0))
    return MapsTaken(results: found, golden: check.result())
  }

  private static func read(_ bundle: OpenBundle, _ file: URL, _ photo: Int) throws -> ClassMap {
    let name = "the class map of photo \(photo)"
    let size = bundle.content.photos[photo]
    guard let bytes = (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? NSNumber,
      bytes.intValue <= mostBytes, let read = try? Data(contentsOf: file)
    else { throw AnswerRefused("\(name) is missing, or too large") }
    let data = [UInt8](read)
    guard saysSize(data, size.heightPx, size.widthPx) else { throw AnswerRefused("\(name) is not of its size") }
    do {
      let map = try ClassMapFile.decode(data)
      guard map.pixels.allSatisfy({ Int($0) < bundle.content.classes.count }) else {
        throw AnswerRefused("\(name) holds a class that there is not")
      }
      return map
    } catch let error as ClassMapRefused {
      throw AnswerRefused("\(name) is damaged: \(error.message)")
    }
  }

  /// Look at a map's header before anything is made of its size.
  private static func saysSize(_ data: [UInt8], _ heightPx: Int, _ widthPx: Int) -> Bool {
    guard data.count >= headerBytes else { return false }
    let number = { (at: Int) in (0..<4).reduce(0) { $0 | Int(data[at + $1]) << (8 * $1) } }
    return number(5) == heightPx && number(9) == widthPx
  }
}
