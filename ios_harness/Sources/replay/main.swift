import Foundation
import HarnessCases

let sets = CaseSets(URL(fileURLWithPath: CommandLine.arguments[1]))
for set in CaseSets.names {
  let outcomes = try sets.cases(of: set).map { ($0, sets.outcome(of: $0)) }
  print(set, outcomes.count)
  for (one, outcome) in outcomes where outcome != .equal { print(one, outcome) }
}
