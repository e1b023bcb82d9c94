/// The system's words for heat that slows.
public enum Heat {
  /// Those that a step waits for.
  static let words = ["serious", "critical"]

  /// Of a `ProcessInfo.ThermalState`: empty for none, nil for a state that is new.
  ///
  /// Apple says first of `serious` that performance is reduced. At `fair` the system puts off what can wait, which slows nothing
  /// that is measured: it counts as none, as `nominal` does.
  public static func word(thermalState rawValue: Int) -> String? {
    switch rawValue {
    case 0, 1: ""
    case 2: words[0]
    case 3: words[1]
    default: nil
    }
  }
}
