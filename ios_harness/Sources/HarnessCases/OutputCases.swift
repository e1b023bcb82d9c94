import HarnessCore

/// Output to class map: the cases of raw_memory, class_maps and engines.
package enum OutputCases {
  /// Raw memory becomes scores and a class map; memory that is a byte short is refused and not read.
  @Sendable static func memory(_ said: Said, _ at: CaseContext) throws {
    let (map, scores) = try read(said, at, lacking: 0)
    try CaseArray(map).expect(said)
    guard (scores?.notFinite ?? 0) == (try said.int("not_finite")) else {
      throw Differs("\(scores?.notFinite ?? 0) scores are not finite, not \(try said.int("not_finite"))")
    }
    if let scores, !scores.values.contains(where: \.isNaN) { try CaseArray(scores).expect(said, "scores") }
    try expectRefused("beyond-memory") { _ = try read(said, at, lacking: 1) }
  }

  @Sendable static func refusedMemory(_ said: Said, _ at: CaseContext) throws {
    try expectRefused(said.text("error")) { _ = try read(said, at, lacking: 0) }
  }

  /// Scores become a class map of the photo's size; it may differ where two scores are as good as equal.
  @Sendable static func scores(_ said: Said, _ at: CaseContext) throws {
    let scores = try at.folder.array(said.table("scores")).scores()
    let found = try scores.classMap(photoHeightPx: said.int("height_px"), photoWidthPx: said.int("width_px"))
    let right = try at.folder.array(said.table("is")).classMap()
    guard found.heightPx == right.heightPx, found.widthPx == right.widthPx else {
      throw Differs("\(found.heightPx) x \(found.widthPx), not \(right.heightPx) x \(right.widthPx)")
    }
    let may = Set(try said.ints("may_differ"))
    let differ = right.pixels.indices.filter { found.pixels[$0] != right.pixels[$0] && !may.contains($0) }
    if differ.isEmpty { return }
    let cause = try CaseArray.cause(Hashes.sha256(found.pixels), said.table("faults"))
    throw Differs("\(differ.count) pixels differ that may not, \(differ[0]) is the first: \(cause)")
  }

  @Sendable static func classes(_ said: Said, _ at: CaseContext) throws {
    let given = try at.folder.array(said.table("classes")).classMap()
    let found = try given.resized(heightPx: said.int("height_px"), widthPx: said.int("width_px"))
    try CaseArray(found).expect(said)
  }

  /// Read the wanted one of a case's outputs, its memory cut so that it ends `lacking` bytes before its last number.
  private static func read(_ said: Said, _ at: CaseContext, lacking: Int) throws -> (ClassMap, Scores?) {
    let wanted = try TensorSpec(said.table("wanted"), name: said.table("wanted").text("name"))
    let outputs = try said.tables("outputs").map { try output($0, at, lacking: lacking) }
    let chosen = try RawOutput.chosen(outputs, wanted)
    let classes = try said.int("classes")
    if wanted.layout == "NHW" { return (try chosen.classMap(wanted, classes: classes), nil) }
    let scores = try chosen.scores(wanted, classes: classes)
    return (try scores.classMap(photoHeightPx: scores.heightPx, photoWidthPx: scores.widthPx), scores)
  }

  private static func output(_ said: Said, _ at: CaseContext, lacking: Int) throws -> RawOutput {
    let spec = try TensorSpec(said, name: said.text("name"))
    let strides = try said.ints("strides_bytes")
    var memory = try at.folder.array(said.table("memory")).data
    if lacking > 0 {
      let size = ElementType.named(spec.dtype)?.sizeBytes ?? 1
      memory = Array(memory.prefix(zip(spec.shape, strides).reduce(size - lacking) { $0 + ($1.0 - 1) * $1.1 }))
    }
    return RawOutput(
      name: spec.name,
      dtype: spec.dtype,
      shape: spec.shape,
      stridesBytes: strides,
      scale: spec.scale,
      zeroPoint: spec.zeroPoint,
      memory: memory
    )
  }
}
