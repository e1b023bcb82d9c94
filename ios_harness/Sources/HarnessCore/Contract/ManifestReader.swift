/// Reads a manifest.json, and checks what its schema and conformance/README.md ask for.
public enum ManifestReader {
  /// Of a manifest.
  public static let mostBytes = 16 << 20
  private static let version: JsonValue = 2
  private static let mostElements = 1 << 28

  /// Read a manifest. Throws `ManifestRefused`.
  public static func read(_ data: [UInt8]) throws -> Manifest {
    if data.count > mostBytes { throw refused(.outOfBounds, "it is larger than \(mostBytes) bytes") }
    let document: JsonValue
    do {
      document = try JsonReader.read(data)
    } catch let error as NotJson {
      throw refused(.notJson, error.message)
    }
    if let said = document.table?["schema_version"], said != version {
      throw refused(.otherVersion, "its schema_version is not 2")
    }
    if let found = Schema.manifest.fault(document) {
      throw refused(fault(of: found), "\(found.pointer) is \(found.keyword)")
    }
    if !document.isFinite { throw refused(.outOfBounds, "a number is beyond what a number can hold") }
    guard let table = document.table else { throw refused(.wrongType, "it is no table") }
    let found = parse(table)
    try check(found, golden: table["golden"]?.table)
    return found
  }

  /// An input or an output, as a manifest and a case say it.
  static func tensor(_ one: JsonObject) -> TensorSpec {
    TensorSpec(
      name: one.text("name"),
      shape: one.ints("shape"),
      layout: one.text("layout"),
      dtype: one.text("dtype"),
      scale: one.doubleOrNil("scale"),
      zeroPoint: one.intOrNil("zero_point")
    )
  }

  private static func parse(_ document: JsonObject) -> Manifest {
    Manifest(
      target: document.text("target"),
      model: document.text("model"),
      recipe: document.text("recipe"),
      precision: document.text("precision"),
      output: document.text("output"),
      file: document.text("file"),
      sha256: document.text("sha256"),
      sizeBytes: document.int("size_bytes"),
      inputHeightPx: document.int("input_height_px"),
      inputWidthPx: document.int("input_width_px"),
      inputs: document.tables("inputs").map(tensor),
      outputs: document.tables("outputs").map(tensor),
      classes: document.texts("classes"),
      colorsRgb: document.colors("colors_rgb"),
      checkpointSha256: document.text("checkpoint_sha256"),
      splitHash: document.text("split_hash")
    )
  }

  private static func fault(of found: SchemaFault) -> ManifestFault {
    if found.keyword == "pattern", case .text(let text) = found.value, !prints(text) { return .doesNotPrint }
    switch (found.path.first, found.keyword) {
    case ("file", "pattern"), ("file", "minLength"): return .fileName
    case ("classes", "uniqueItems"), ("classes", "minItems"), ("classes", "minLength"): return .classes
    case (_, "required"), (_, "anyOf"): return .missing
    case (_, "additionalProperties"): return .unknownEntry
    case (_, "type"): return .wrongType
    case (_, "pattern"), (_, "enum"), (_, "const"): return .badValue
    default: return .outOfBounds
    }
  }

  private static func prints(_ text: JsonText) -> Bool {
    text.prints && !text.text.unicodeScalars.contains("\u{FEFF}")
  }

  private static func check(_ found: Manifest, golden: JsonObject?) throws {
    if (found.inputs + found.outputs).contains(where: { elements($0.shape) > mostElements }) {
      throw refused(.outOfBounds, "a tensor is too large")
    }
    if found.colorsRgb.count != found.classes.count {
      throw refused(.coloursNotClasses, "it has \(found.colorsRgb.count) colours for its classes")
    }
    let size = [found.inputHeightPx, found.inputWidthPx]
    if found.inputs.contains(where: { sides($0).map { [$0.heightPx, $0.widthPx] != size } ?? false }) {
      throw refused(.sizesDiffer, "an input is not of input_height_px and input_width_px")
    }
    if found.output == "logits", let channels = found.outputs.first.flatMap(sides)?.channels,
      channels != found.classes.count
    {
      throw refused(.classesNotChannels, "its output has \(channels) channels for its classes")
    }
    if let golden, !golden.names.isEmpty,
      golden.items("output_indices").count != golden.items("output_values").count
    {
      throw refused(.golden, "golden values are not as many as their places")
    }
  }

  /// The axes of a tensor of one picture; nil where it is of none that is known.
  private static func sides(_ spec: TensorSpec) -> (channels: Int, heightPx: Int, widthPx: Int)? {
    guard spec.shape.count == 4 else { return nil }
    switch spec.layout {
    case "NCHW": return (spec.shape[1], spec.shape[2], spec.shape[3])
    case "NHWC": return (spec.shape[3], spec.shape[1], spec.shape[2])
    default: return nil
    }
  }

  private static func elements(_ shape: [Int]) -> Int {
    shape.reduce(1) { count, side in
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: side)
      return isTooLarge ? .max : product
    }
  }

  private static func refused(_ fault: ManifestFault, _ what: String) -> ManifestRefused {
    ManifestRefused(fault, "the manifest is damaged: \(what)")
  }
}
