import HarnessCore

/// Class maps held against labels and golden ones: the cases of confusion and golden.
enum ScoreCases {
  @Sendable static func confusion(_ said: Said, _ at: CaseContext) throws {
    var total = Confusion(classes: try said.int("classes"))
    for photo in try said.tables("photos") {
      var one = Confusion(classes: total.classes)
      let predicted = try at.folder.array(photo.table("predicted")).classMap()
      try one.add(predicted, label: at.folder.array(photo.table("label")).classMap())
      try expectEqual(one, matrix(photo.value("confusion")), "a photo's matrix")
      total.add(one.counts)
    }
    try expectEqual(total, matrix(said.value("confusion")), "the matrix")
    for (kind, wanted) in try said.items("iou").enumerated() {
      try expectNear(total.iou(kind), wanted == .null ? nil : wanted.real("iou"), "the IoU of class \(kind)")
    }
    let found = total.miou()
    let faults = try said.table("faults")
    let causes = try faults.names.filter { name in
      guard let found, let wrong = try faults.doubleOrNil(name) else { return false }
      return areNear(wrong, found)
    }
    let cause = causes.isEmpty ? "" : " (this is what \(causes.joined(separator: " or ")) gives)"
    try expectNear(found, said.doubleOrNil("miou"), "the mIoU\(cause)")
  }

  @Sendable static func refusedMaps(_ said: Said, _ at: CaseContext) throws {
    var counted = Confusion(classes: try said.int("classes"))
    let predicted = try at.folder.array(said.table("predicted")).classMap()
    let label = try at.folder.array(said.table("label")).classMap()
    try expectRefused(said.text("error")) { try counted.add(predicted, label: label) }
    if counted.counts.contains(where: { $0 != 0 }) { throw Differs("pixels of refused maps were counted") }
  }

  @Sendable static func allowed(_ said: Said, _ at: CaseContext) throws {
    let golden = try at.folder.array(said.table("golden")).classMap()
    try expectEqual(Judge.edgePixels(golden), said.int("edge_pixels"), "the number of pixels along edges")
    let shares = try said.table("is")
    for name in shares.names {
      guard let arithmetic = Arithmetic(rawValue: name) else { throw CaseFault("nothing computes in \(name)") }
      try expectWithin(Judge.allowedShare(golden, arithmetic), shares.double(name), "the share for \(name)")
    }
  }

  @Sendable static func near(_ said: Said, _ at: CaseContext) throws {
    let found = try at.folder.array(said.table("found")).classMap()
    let golden = try at.folder.array(said.table("golden")).classMap()
    let judged = Judge.judge(found, golden: golden, allowed: try said.double("allowed"))
    try expectWithin(judged.agreement, said.double("agreement"), "the agreement")
    if judged.isNear != (try said.bool("is_near")) {
      let faults = try said.table("faults").names.joined(separator: " or ")
      throw Differs("near is \(judged.isNear)\(faults.isEmpty ? "" : ": this is what \(faults) gives")")
    }
  }

  static func matrix(_ value: JsonValue) throws -> Confusion {
    let rows = try value.listed("a matrix").map { row in
      try row.listed("a matrix").map { try $0.whole("a matrix") }
    }
    var found = Confusion(classes: rows.count)
    guard rows.allSatisfy({ $0.count == rows.count }) else { throw CaseFault("a matrix is not square") }
    found.add(rows.flatMap { $0 })
    return found
  }

  private static func expectWithin(_ found: Double, _ wanted: Double, _ what: String) throws {
    if abs(found - wanted) > 1e-6 { throw Differs("\(what) is \(found), not \(wanted)") }
  }
}
