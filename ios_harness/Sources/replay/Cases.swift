import Foundation
import HarnessCases

/// `replay cases FOLDER`.
enum Cases {
  static func run(_ options: Options) throws {
    let sets = CaseSets(URL(fileURLWithPath: options.places[0]))
    var isWell = true
    for set in try sets.present() {
      let outcomes = try sets.cases(of: set).map { (one: $0, outcome: sets.outcome(of: $0)) }
      var reasons: [String: Int] = [:]
      var differ: [String] = []
      for (one, outcome) in outcomes {
        switch outcome {
        case .equal: break
        case .skipped(let why): reasons[why, default: 0] += 1
        case .differs(let what): differ.append("  \(one): \(what)")
        }
      }
      let skipped = reasons.sorted { $0.key < $1.key }.map { ", \($0.value) skipped: \($0.key)" }.joined()
      let equal = outcomes.count - differ.count - reasons.values.reduce(0, +)
      print(
        "\(set): \(equal) of \(outcomes.count) equal" + skipped + (differ.isEmpty ? "" : ", \(differ.count) differ"))
      for line in differ { print(line) }
      isWell = isWell && differ.isEmpty
    }
    if !isWell { exit(1) }
  }
}
