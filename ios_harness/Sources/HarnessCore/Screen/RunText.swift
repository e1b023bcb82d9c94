/// What a file may run on, in words: CPU, 4 threads.
public enum RunText {
  /// `threads`: 0 where the runtime chooses, nil where it is not known.
  public static func of(_ accelerator: String?, threads: Int?) -> String {
    guard let accelerator else { return unknown }
    guard accelerator == "cpu", let threads, threads > 0 else { return name(accelerator) }
    return name(accelerator) + ", " + Figures.count(threads, "thread")
  }

  /// What was asked of Core ML: which units it was allowed, which says not which ran the file.
  public static func asked(_ accelerator: String) -> String {
    switch accelerator {
    case "gpu": "GPU and CPU allowed"
    case "npu": "Neural Engine and CPU allowed"
    case "cpu": "CPU alone"
    default: accelerator
    }
  }

  static func name(_ accelerator: String) -> String {
    switch accelerator {
    case "cpu": "CPU"
    case "gpu": "GPU"
    case "npu": "Neural Engine"
    default: accelerator
    }
  }

  static let unknown = "not known"
}
