/// What a reader checks of a bundle.json beyond its schema: how its parts must fit each other; docs/bundle.md.
enum BundleChecks {
  private static let mostPixels = 100_000_000

  /// Throws `BundleRefused` for the first part that does not fit.
  static func check(_ content: BundleContent) throws {
    try BundleNames.check(content)
    try checkClasses(content)
    for photo in content.photos { try check(photo, content.files) }
    for input in content.inputs { try check(input, content) }
    for artifact in content.artifacts { try check(artifact, content) }
    try checkRuns(content.job.runs, content)
    try checkGolden(content)
  }

  static func refused(_ fault: BundleFault, _ what: String) -> BundleRefused {
    BundleRefused(fault, "the bundle is damaged: \(what)")
  }

  private static func checkClasses(_ content: BundleContent) throws {
    let isOnce = Set(content.classes.map(ExactText.init)).count == content.classes.count
    if !isOnce || content.classes.count != content.colorsRgb.count {
      throw refused(.classes, "a class is there twice, or there are not as many colours as classes")
    }
  }

  private static func check(_ photo: BundlePhoto, _ files: [String: ListedFile]) throws {
    let (pixels, isTooLarge) = photo.heightPx.multipliedReportingOverflow(by: photo.widthPx)
    let isOther = files[photo.file]?.sha256 != photo.bundledSha256
    let isHalf = (photo.label == nil) != (photo.labelSha256 == nil)
    if isTooLarge || pixels > mostPixels || isOther || isHalf {
      throw refused(.photo, "\(photo.file) is too large, of another hash, or has a label without its hash")
    }
  }

  private static func check(_ input: BundleInput, _ content: BundleContent) throws {
    let wanted = product([3, content.photos.count, input.heightPx, input.widthPx])
    if wanted == nil || content.files[input.file]?.sizeBytes != wanted {
      throw refused(.inputSize, "\(input.file) does not hold the bytes of its photos")
    }
  }

  private static func check(_ one: BundleArtifact, _ content: BundleContent) throws {
    let isNetwork = one.network.map { $0 < content.networks } ?? true
    guard content.inputs.indices.contains(one.input), isNetwork else {
      throw refused(.place, "\(one.name) names an input or a network that there is not")
    }
    let input = content.inputs[one.input]
    if input.heightPx != one.heightPx || input.widthPx != one.widthPx {
      throw refused(.sizesDiffer, "\(one.name) and \(input.file) are of two sizes")
    }
    let own = one.files(content.files)
    let isOther = content.files[one.file].map { $0.sha256 != one.sha256 } ?? false
    if isOther || sum(own.map(\.sizeBytes)) != one.sizeBytes {
      throw refused(.artifact, "\(one.file) is listed with another size or hash")
    }
  }

  private static func checkRuns(_ runs: [AskedRun], _ content: BundleContent) throws {
    if runs.contains(where: { !content.artifacts.indices.contains($0.artifact) }) {
      throw refused(.place, "a run names an artifact that there is not")
    }
    let asked = runs.map { [String($0.artifact), $0.accelerator, String($0.threads)] }
    if Set(asked).count < asked.count { throw refused(.runTwice, "its job has the same run twice") }
  }

  private static func checkGolden(_ content: BundleContent) throws {
    let photos = content.photos.count
    if content.golden.count != content.artifacts.count { throw refused(.counts, "golden maps lack a file") }
    for (golden, artifact) in zip(content.golden, content.artifacts) {
      let counts =
        golden.allowed.values.map(\.count) + [golden.maps.count] + [golden.networkMaps?.count].compactMap { $0 }
      if counts.contains(where: { $0 != photos }) { throw refused(.counts, "golden maps are not of each photo") }
      if (golden.networkMaps == nil) != (artifact.network == nil) {
        throw refused(.networkMaps, "\(artifact.name) has network_maps or a network, and not both")
      }
    }
  }

  /// The product of numbers; nil where there is no such number.
  private static func product(_ numbers: [Int]) -> Int? {
    numbers.reduce(1) { made, number in
      guard let (product, isTooLarge) = made?.multipliedReportingOverflow(by: number) else { return nil }
      return isTooLarge ? nil : product
    }
  }

  /// The sum of numbers; nil where there is no such number.
  private static func sum(_ numbers: [Int]) -> Int? {
    numbers.reduce(0) { made, number in
      guard let (sum, isTooLarge) = made?.addingReportingOverflow(number) else { return nil }
      return isTooLarge ? nil : sum
    }
  }
}
