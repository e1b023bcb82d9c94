// What a manifest.json says of its file, as far as an app needs it.

/// What a manifest.json says of its file, as far as an app needs it.
public struct Manifest: Equatable, Sendable {
  public var target: String
  public var model: String
  public var recipe: String
  public var precision: String
  public var output: String
  public var file: String
  public var sha256: String
  public var sizeBytes: Int
  public var inputHeightPx: Int
  public var inputWidthPx: Int
  public var inputs: [TensorSpec]
  public var outputs: [TensorSpec]
  public var classes: [String]
  public var colorsRgb: [[Int]]
  public var checkpointSha256: String
  public var splitHash: String

  public init(
    target: String,
    model: String,
    recipe: String,
    precision: String,
    output: String,
    file: String,
    sha256: String,
    sizeBytes: Int,
    inputHeightPx: Int,
    inputWidthPx: Int,
    inputs: [TensorSpec],
    outputs: [TensorSpec],
    classes: [String],
    colorsRgb: [[Int]],
    checkpointSha256: String,
    splitHash: String
  ) {
    self.target = target
    self.model = model
    self.recipe = recipe
    self.precision = precision
    self.output = output
    self.file = file
    self.sha256 = sha256
    self.sizeBytes = sizeBytes
    self.inputHeightPx = inputHeightPx
    self.inputWidthPx = inputWidthPx
    self.inputs = inputs
    self.outputs = outputs
    self.classes = classes
    self.colorsRgb = colorsRgb
    self.checkpointSha256 = checkpointSha256
    self.splitHash = splitHash
  }
}

/// An input or an output: its name, and how its numbers lie and what they mean.
public struct TensorSpec: Equatable, Sendable {
  public var name: String
  public var shape: [Int]
  public var layout: String
  public var dtype: String
  public var scale: Double?
  public var zeroPoint: Int?

  public init(name: String, shape: [Int], layout: String, dtype: String, scale: Double?, zeroPoint: Int?) {
    self.name = name
    self.shape = shape
    self.layout = layout
    self.dtype = dtype
    self.scale = scale
    self.zeroPoint = zeroPoint
  }
}
