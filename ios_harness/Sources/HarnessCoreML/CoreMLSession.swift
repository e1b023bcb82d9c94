#if canImport(CoreML)
  import CoreML
  import Foundation
  import HarnessCore

  /// A loaded package. One caller at a time fills, runs and reads it.
  final class CoreMLSession: Session {
    let accelerator: AcceleratorPart
    let threads: Int? = nil
    let opening: OpeningTimes
    private let model: MLModel
    private let input: any ModelInput
    private let features: MLDictionaryFeatureProvider
    private let names: [String]
    private var options: MLPredictionOptions
    private var found: (any MLFeatureProvider)?
    private var hasRun = false

    init(wanted: Wanted, loaded: CompiledPackage.Loaded, planned: PlannedPart?) throws {
      model = loaded.model
      opening = loaded.times
      accelerator = Self.accelerator(wanted.accelerator, planned: planned)
      let given = model.modelDescription.inputDescriptionsByName
      let spec = wanted.manifest.inputs[0]
      guard given.count == 1, let description = given[spec.name] else {
        throw CannotRun("it takes \(given.keys.sorted().joined(separator: ", ")), and its manifest says \(spec.name)")
      }
      input = try Self.input(description, spec: spec)
      features = try MLDictionaryFeatureProvider(dictionary: [spec.name: input.value])
      names = model.modelDescription.outputDescriptionsByName.keys.sorted()
      options = Self.backed(model.modelDescription.outputDescriptionsByName)
    }

    func fill(_ bytes: [UInt8]) throws { try input.fill(bytes) }

    func run() async throws {
      found = nil
      do {
        found = try await model.prediction(from: features, options: options)
      } catch  where !hasRun {  // not every unit writes into memory that is given to it
        options = MLPredictionOptions()
        found = try await model.prediction(from: features, options: options)
      }
      hasRun = true
    }

    func outputs() throws -> [RawOutput] {
      guard let found else { throw CannotRun("it was not run") }
      return try names.map { name in
        guard let array = found.featureValue(for: name)?.multiArrayValue else {
          throw CannotRun("its output \(name) is no array of numbers")
        }
        return try ArrayReader.copy(array, name: name)
      }
    }

    private static func input(_ description: MLFeatureDescription, spec: TensorSpec) throws -> any ModelInput {
      if let picture = description.imageConstraint { return try PictureInput(picture) }
      if let array = description.multiArrayConstraint { return try ArrayInput(array, spec: spec) }
      throw CannotRun("its input \(spec.name) is neither a picture nor an array of numbers")
    }

    /// Memory that Core ML writes outputs into, made once, for those of a known size.
    private static func backed(_ outputs: [String: MLFeatureDescription]) -> MLPredictionOptions {
      let options = MLPredictionOptions()
      var backings: [String: Any] = [:]
      for (name, description) in outputs {
        guard let constraint = description.multiArrayConstraint, !constraint.shape.isEmpty else { continue }
        backings[name] = try? MLMultiArray(shape: constraint.shape, dataType: constraint.dataType)
      }
      options.outputBackings = backings
      return options
    }

    /// With the processor alone there is nothing else that could have run it; of all else Core ML does not say.
    private static func accelerator(_ asked: String, planned: PlannedPart?) -> AcceleratorPart {
      let isCpu = asked == "cpu"
      return AcceleratorPart(
        asked: asked,
        obtained: isCpu ? asked : nil,
        nodes: nil,
        nodesDelegated: nil,
        fallback: isCpu ? nil : "Core ML does not say what ran it: \(asked) was allowed, and the processor",
        arithmetic: asked == "npu" ? .float16 : nil,
        planned: planned
      )
    }
  }
#endif
