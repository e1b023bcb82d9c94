@testable import HarnessCore

/// What a made record says of its file, its photos and its device, and why it does not say the rest.
enum MadeParts {
  static func hash(_ digit: Character) -> String { String(repeating: digit, count: 64) }

  static let manifest = Manifest(
    target: "coreml",
    model: "tiny",
    recipe: "fp16",
    precision: "float16",
    output: "logits",
    file: "model.mlpackage",
    sha256: hash("a"),
    sizeBytes: 4_200_000,
    inputHeightPx: 96,
    inputWidthPx: 64,
    inputs: [],
    outputs: [],
    classes: ["background", "thing"],
    colorsRgb: [[0, 0, 0], [255, 0, 0]],
    checkpointSha256: "",
    splitHash: ""
  )

  static let photos = (0..<2).map {
    BundlePhoto(
      file: "photos/\($0).png", originalSha256: hash("e"), bundledSha256: hash("f"), heightPx: 40, widthPx: 30,
      label: nil, labelSha256: nil)
  }

  static let device = DevicePart(
    maker: "Müller & Söhne", model: "手机 \u{1F4F1}", soc: nil, cpu: nil, cpuFeatures: ["asimd"], cores: 6,
    memoryBytes: 1 << 33, os: "iOS 18.1", machine: "arm64", isSimulator: nil)

  private static let silent = "this system does not say"

  static let unknown = [
    "/program/commit": "the app does not know it",
    "/runtime/version": silent,
    "/device/soc": silent,
    "/device/cpu": silent,
    "/device/simulator": silent,
    "/accelerator/obtained": "Core ML does not say what ran it",
    "/accelerator/nodes_delegated": silent,
    "/accelerator/fallback": silent,
    "/state/end": "the app was ended",
    "/state/start/battery_c": silent,
    "/state/start/load_1min": silent,
    "/state/start/frequency_share": silent,
    "/state/start/governor": silent,
    "/conditions/others_before": silent,
    "/conditions/others_after": silent,
    "/conditions/stolen": silent,
    "/conditions/swapped_bytes": silent,
    "/load/first_inference_ms": "it was not timed",
    "/yardstick/best/reached_at": "it was measured for this run",
    "/turns/*/waited_ms": silent,
    "/turns/*/others_ms": silent,
    "/turns/*/stolen_ms": "no host steals",
    "/turns/*/switches": silent,
    "/turns/*/post_ms": "it is not part of a run here",
    "/turns/*/device/battery_c": silent,
  ]
}
