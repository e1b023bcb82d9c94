/// A bundle names the runtime that a computer has for a file. For a Core ML package that is an evaluator, which a phone has not.
public enum RuntimeNames {
  private static let onPhones = ["coreml_reference": "coreml"]

  /// What a phone's runtime for such files is called: mostly the same.
  public static func own(_ ofBundle: String) -> String { onPhones[ofBundle] ?? ofBundle }
}

extension Backend {
  /// Whether it runs what a bundle names this runtime for: under that name, or under the one that it has on phones.
  public func isFor(_ runtime: String) -> Bool {
    Texts.areSame(facts.name, runtime) || Texts.areSame(facts.name, RuntimeNames.own(runtime))
  }
}
