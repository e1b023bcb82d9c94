// What was run, with what and where, as JSON.

/// The parts of a record that say what was run, with what and where; they are there whatever became of the run.
enum RecordPartsJson {
  static func run(_ it: RunPart) -> JsonValue {
    .table([
      "id": .of(it.id),
      "place": .of(it.place),
      "files": .of(it.files),
      "started_at": .of(it.startedAt),
      "seed": .of(it.seed),
    ])
  }

  static func program(_ it: ProgramPart) -> JsonValue {
    .table([
      "name": .of(it.name),
      "version": .of(it.version),
      "commit": .of(it.commit),
      "build_type": .of(it.buildType),
      "debugger": .of(it.hasDebugger),
      "launch": .of(it.launch),
    ])
  }

  static func artifact(_ it: Manifest, _ manifestSha256: String) -> JsonValue {
    .table([
      "sha256": .of(it.sha256),
      "manifest_sha256": .of(manifestSha256),
      "file": .of(it.file),
      "model": .of(it.model),
      "recipe": .of(it.recipe),
      "precision": .of(it.precision),
      "target": .of(it.target),
      "output": .of(it.output),
      "size_bytes": .of(it.sizeBytes),
      "input_height_px": .of(it.inputHeightPx),
      "input_width_px": .of(it.inputWidthPx),
      "checkpoint_sha256": .of(it.checkpointSha256),
      "split_hash": .of(it.splitHash),
    ])
  }

  static func runtime(_ it: RuntimePart) -> JsonValue {
    .table([
      "name": .of(it.name),
      "tool": .of(it.tool),
      "version": .of(it.version),
      "threads_asked": .of(it.threadsAsked),
      "threads": .of(it.threads),
      "label": .of(it.label),
      "desktop_version": .of(it.desktopVersion),
    ])
  }

  static func device(_ it: DevicePart) -> JsonValue {
    .table([
      "maker": .of(it.maker),
      "model": .of(it.model),
      "soc": .of(it.soc),
      "cpu": .of(it.cpu),
      "cpu_features": .of(it.cpuFeatures),
      "cores": .of(it.cores),
      "memory_bytes": .of(it.memoryBytes),
      "os": .of(it.os),
      "python": nil,
      "machine": .of(it.machine),
      "matrix_tiles": nil,
      "simulator": .of(it.isSimulator),
    ])
  }

  static func bundle(_ it: BundlePart) -> JsonValue {
    .table([
      "sha256": .of(it.sha256),
      "job": .of(it.job),
      "run": .of(it.run),
      "photos": .list(zip(it.photos, it.results).map(photo)),
    ])
  }

  private static func photo(_ photo: BundlePhoto, _ result: PhotoResult) -> JsonValue {
    .table([
      "original_sha256": .of(photo.originalSha256),
      "bundled_sha256": .of(photo.bundledSha256),
      "map_sha256": .of(result.mapSha256),
      "agreement": .of(result.agreement),
    ])
  }
}
