#if canImport(CoreML)
  import CoreML
  import Foundation
  import HarnessCore

  /// What Core ML plans: for each operation of a program the unit that it prefers. What ran it is not known from this.
  enum ComputePlan {
    /// Count operations by unit, those of nested blocks too; nil before iOS 17.4, and where Core ML gives no plan.
    static func planned(compiled: URL, configuration: MLModelConfiguration) async -> PlannedPart? {
      guard #available(iOS 17.4, macOS 14.4, *) else { return nil }
      guard let plan = try? await MLComputePlan.load(contentsOf: compiled, configuration: configuration) else {
        return nil
      }
      guard case .program(let program) = plan.modelStructure else { return nil }
      var counts = PlannedPart(cpu: 0, gpu: 0, npu: 0)
      for function in program.functions.values { count(function.block, in: plan, into: &counts) }
      return counts.cpu + counts.gpu + counts.npu == 0 ? nil : counts
    }

    /// Constants have no unit and are not counted.
    @available(iOS 17.4, macOS 14.4, *)
    private static func count(
      _ block: MLModelStructure.Program.Block, in plan: MLComputePlan, into counts: inout PlannedPart
    ) {
      for operation in block.operations {
        switch plan.deviceUsage(for: operation)?.preferred {
        case .cpu: counts.cpu += 1
        case .gpu: counts.gpu += 1
        case .neuralEngine: counts.npu += 1
        default: break
        }
        for nested in operation.blocks { count(nested, in: plan, into: &counts) }
      }
    }
  }

  /// The plans that were made, by compiled file and units: making one loads the file a second time.
  actor ComputePlans {
    static let shared = ComputePlans()
    private var made: [String: PlannedPart?] = [:]

    func planned(_ compiled: URL, _ configuration: MLModelConfiguration) async -> PlannedPart? {
      let key = "\(configuration.computeUnits.rawValue) \(compiled.path)"
      if let known = made[key] { return known }
      let plan = await ComputePlan.planned(compiled: compiled, configuration: configuration)
      made[key] = .some(plan)
      return plan
    }
  }
#endif
