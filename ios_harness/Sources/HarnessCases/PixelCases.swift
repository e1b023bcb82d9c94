import HarnessCore

/// Photo to input: the cases of preprocessing, exif, camera, yuv and decode.
enum PixelCases {
  @Sendable static func resize(_ said: Said, _ at: CaseContext) throws {
    let photo = try at.folder.array(said.table("rgb")).picture()
    let found = try Resize.resize(photo, heightPx: said.int("height_px"), widthPx: said.int("width_px"))
    try CaseArray(found).expect(said)
  }

  @Sendable static func tensor(_ said: Said, _ at: CaseContext) throws {
    let spec = try TensorSpec(said.table("tensor"), name: "image")
    let found = try InputTensor.bytes(at.folder.array(said.table("rgb")).picture(), spec)
    try CaseArray(dtype: spec.dtype, shape: spec.shape, data: found).expect(said)
  }

  @Sendable static func exif(_ said: Said, _ at: CaseContext) throws {
    let stored = try at.folder.array(said.table("rgb")).picture()
    try CaseArray(Turns.upright(stored, orientation: said.int("orientation"))).expect(said)
  }

  @Sendable static func camera(_ said: Said, _ at: CaseContext) throws {
    let taken = try at.folder.array(said.table("rgb")).picture()
    let facing: Facing = try said.bool("mirror") ? .mirrored : .asTaken
    let found = try Turns.fromCamera(taken, rotationDegrees: said.int("rotation_degrees"), facing: facing)
    try CaseArray(found).expect(said)
  }

  @Sendable static func yuv(_ said: Said, _ at: CaseContext) throws {
    let found = try Yuv.toRgb(
      heightPx: said.int("height_px"),
      widthPx: said.int("width_px"),
      y: plane(said.table("y"), at),
      u: plane(said.table("u"), at),
      v: plane(said.table("v"), at)
    )
    try CaseArray(found).expect(said)
  }

  @Sendable static func decode(_ said: Said, _ at: CaseContext) throws {
    guard let decode = at.decode else { throw Skipped("only Apple's systems decode photos here") }
    guard try said.bool("exact") else { throw Skipped("nobody has measured Apple's decoder for it yet") }
    let file = at.folder.folder.appendingPathComponent(try said.text("file"))
    try CaseArray(decode(file)).expect(said)
  }

  private static func plane(_ said: Said, _ at: CaseContext) throws -> Plane {
    Plane(
      memory: try at.folder.array(said.table("memory")).data,
      offset: try said.int("offset_bytes"),
      rowStrideBytes: try said.int("row_stride_bytes"),
      pixelStrideBytes: try said.int("pixel_stride_bytes")
    )
  }
}

extension TensorSpec {
  /// Read what a case says of a tensor.
  package init(_ said: Said, name: String) throws {
    self.init(
      name: name,
      shape: try said.ints("shape"),
      layout: try said.textOrNil("layout") ?? "",
      dtype: try said.text("dtype"),
      scale: try said.doubleOrNil("scale"),
      zeroPoint: try said.intOrNil("zero_point")
    )
  }
}
