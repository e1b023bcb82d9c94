/// Makes the typed `BundleContent` of a bundle.json that its schema has been held against.
enum BundleParser {
  /// Throws `BundleRefused` where its files are not in order.
  static func parse(_ document: JsonObject) throws -> BundleContent {
    let data = document.table("data")
    return BundleContent(
      name: document.text("name"),
      job: job(document.table("job")),
      data: DataSet(name: data.text("name"), split: data.text("split"), hash: data.text("hash")),
      classes: document.texts("classes"),
      colorsRgb: document.colors("colors_rgb"),
      artifacts: document.tables("artifacts").map(artifact),
      inputs: document.tables("inputs").map {
        BundleInput(file: $0.text("file"), heightPx: $0.int("height_px"), widthPx: $0.int("width_px"))
      },
      networks: document.items("networks").count,
      photos: document.tables("photos").map(photo),
      golden: document.tables("golden").map(golden),
      files: try files(document.tables("files"))
    )
  }

  private static func job(_ job: JsonObject) -> Job {
    let limits = job.table("limits")
    return Job(
      runs: job.tables("runs").map {
        AskedRun(artifact: $0.int("artifact"), accelerator: $0.text("accelerator"), threads: $0.int("threads"))
      },
      seed: job.int("seed"),
      passes: job.int("passes"),
      runLimitS: limits.int("run_s"),
      totalLimitS: limits.int("total_s"),
      maxTempC: limits.doubleOrNil("max_temp_c")
    )
  }

  private static func artifact(_ one: JsonObject) -> BundleArtifact {
    BundleArtifact(
      name: one.text("name"),
      file: one.text("file"),
      manifest: one.text("manifest"),
      target: one.text("target"),
      runtime: one.text("runtime"),
      sha256: one.text("sha256"),
      sizeBytes: one.int("size_bytes"),
      heightPx: one.int("height_px"),
      widthPx: one.int("width_px"),
      input: one.int("input"),
      network: one.intOrNil("network")
    )
  }

  private static func photo(_ one: JsonObject) -> BundlePhoto {
    BundlePhoto(
      file: one.text("file"),
      originalSha256: one.text("original_sha256"),
      bundledSha256: one.text("bundled_sha256"),
      heightPx: one.int("height_px"),
      widthPx: one.int("width_px"),
      label: one.textOrNil("label"),
      labelSha256: one.textOrNil("label_sha256")
    )
  }

  private static func golden(_ one: JsonObject) -> GoldenMaps {
    let allowed = one.table("allowed")
    return GoldenMaps(
      maps: one.texts("maps"),
      networkMaps: one["network_maps"] == .null ? nil : one.texts("network_maps"),
      leastNetworkAgreement: one.double("least_network_agreement"),
      arithmetic: Arithmetic(rawValue: one.text("arithmetic")) ?? .float32,  // the schema knows these alone
      allowed: Dictionary(uniqueKeysWithValues: Arithmetic.allCases.map { ($0, allowed.doubles($0.rawValue)) })
    )
  }

  private static func files(_ listed: [JsonObject]) throws -> [String: ListedFile] {
    var found: [String: ListedFile] = [:]
    var before: String?
    for one in listed {
      let name = one.text("name")
      if let before, !ArchiveNames.precedes(before, name) {
        throw BundleRefused(.notSorted, "bundle.json lists \(name) after \(before)")
      }
      before = name
      found[name] = ListedFile(name: name, sha256: one.text("sha256"), sizeBytes: one.int("size_bytes"))
    }
    return found
  }
}
