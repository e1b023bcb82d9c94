import Foundation
import HarnessCore

/// One case of a set.
package struct ConformanceCase: Sendable, CustomStringConvertible {
  package let set: String
  package let list: String
  package let name: String
  let said: JsonObject

  package var description: String { "\(set).\(list): \(name)" }
}

/// Decodes a photo's file so that it stands upright, where there is a decoder.
package typealias Decoding = @Sendable (URL) throws -> Picture

/// What the runner of a list of cases has beside the case.
package struct CaseContext: Sendable {
  package let folder: CaseFolder
  package let decode: Decoding?
}

/// All sets of conformance/cases; conformance/README.md says what each asks.
package struct CaseSets: Sendable {
  typealias Runner = @Sendable (Said, CaseContext) throws -> Void

  /// By set and list: what is run for each case. It throws `Differs` or `Skipped`.
  static let runners: [String: [String: Runner]] = [
    "preprocessing": ["resize": PixelCases.resize, "tensors": PixelCases.tensor],
    "exif": ["cases": PixelCases.exif],
    "camera": ["cases": PixelCases.camera],
    "yuv": ["cases": PixelCases.yuv],
    "decode": ["cases": PixelCases.decode],
    "raw_memory": ["cases": OutputCases.memory, "refused": OutputCases.refusedMemory],
    "class_maps": ["scores": OutputCases.scores, "classes": OutputCases.classes],
    "engines": ["scores": OutputCases.scores, "classes": OutputCases.classes],
    "confusion": ["cases": ScoreCases.confusion, "refused": ScoreCases.refusedMaps],
    "golden": ["allowed": ScoreCases.allowed, "cases": ScoreCases.near],
    "method": [
      "draws": MethodCases.draws, "percentile": MethodCases.percentile,
      "median_interval": MethodCases.medianInterval, "ratio": MethodCases.ratio, "miou": MethodCases.miou,
      "disturbance": MethodCases.disturbance, "statistics": MethodCases.statistics, "seen": MethodCases.seen,
      "verdict": MethodCases.verdict,
    ],
    "runs": ["cases": FileCases.runs, "refused": FileCases.refusedRuns],
    "archives": ["cases": FileCases.archive, "refused": FileCases.refusedArchive],
    "manifests": ["cases": FileCases.manifest, "refused": FileCases.refusedManifest],
    "bundles": ["cases": BundleCases.bundle, "refused": BundleCases.refused],
    "records": ["cases": FileCases.record, "refused": FileCases.refusedRecord],
  ]

  /// The names of all sets.
  package static var names: [String] { runners.keys.sorted() }

  private let context: CaseContext

  /// `folder`: conformance/cases of a checkout. `decode`: nil where this system has no decoder.
  package init(_ folder: URL, decode: Decoding? = nil) {
    context = CaseContext(folder: CaseFolder(folder), decode: decode)
  }

  /// The names of the sets that lie in the folder. Throws `CaseFault` where it cannot be read, or holds none.
  package func present() throws -> [String] {
    let folder = context.folder.folder
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw CaseFault("\(folder.relativePath) is no folder that can be read")
    }
    let sets = files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }.sorted()
    guard sets.contains(where: { CaseSets.runners[$0] != nil }) else {
      throw CaseFault("\(folder.relativePath) holds no cases")
    }
    return sets
  }

  /// Read all cases of a set, of each of its lists. Throws `CaseFault`, also for a list that nothing here runs.
  package func cases(of set: String) throws -> [ConformanceCase] {
    let document: Said
    do {
      document = try Said(JsonReader.read(context.folder.bytes("\(set).json")))
    } catch let error as NotJson {
      throw CaseFault("\(set).json: \(error.message)")
    } catch let error as CaseFault {
      throw CaseFault("\(set).json: \(error)")
    }
    guard CaseSets.runners[set] != nil else { throw CaseFault("nothing here runs \(set).json") }
    let found = try document.names.flatMap { list -> [ConformanceCase] in
      guard case .list(let items) = try document.value(list) else { return [] }
      guard CaseSets.runners[set]?[list] != nil else { throw CaseFault("nothing here runs \(list) of \(set).json") }
      if items.isEmpty { throw CaseFault("\(list) of \(set).json holds no case") }
      return try items.enumerated().map { place, item in
        let said = try Said(item)
        let name = try said.textOrNil("name") ?? said.textOrNil("file") ?? "\(place)"
        return ConformanceCase(set: set, list: list, name: name, said: said.fields)
      }
    }
    if found.isEmpty { throw CaseFault("\(set).json holds no case") }
    return found
  }

  /// Run one case.
  package func outcome(of one: ConformanceCase) -> Outcome {
    guard let run = CaseSets.runners[one.set]?[one.list] else { return .differs("nothing here runs it") }
    do {
      try run(Said(one.said), context)
      return .equal
    } catch let end as Differs {
      return .differs(end.description)
    } catch let end as Skipped {
      return .skipped(end.description)
    } catch {
      return .differs("it ended with: \(error)")
    }
  }
}
