/// Which version of a runtime the computer had that exported a file: its manifest's `tools`; docs/record.md.
enum DesktopVersion {
  private static let longest = 300
  private static let tools = [
    "coreml": "coremltools",
    "executorch": "executorch",
    "litert": "ai-edge-litert",
    "ort": "onnxruntime",
    "torchmobile": "torch",
  ]

  /// Read it; nil where the manifest does not say. The manifest is one that was read before.
  static func of(_ bundle: OpenBundle, artifact: Int) -> String? {
    let listed = bundle.content.artifacts[artifact]
    let data = try? bundle.read(listed.manifest)
    guard let data, case .table(let manifest)? = try? JsonReader.read(data) else { return nil }
    return of(runtime: RuntimeNames.own(listed.runtime), manifest)
  }

  static func of(runtime: String, _ manifest: JsonObject) -> String? {
    guard let tool = tools[runtime], case .table(let versions)? = manifest["tools"],
      case .text(let version)? = versions[tool], !version.text.isEmpty, version.text.unicodeScalars.count <= longest
    else { return nil }
    return version.text
  }
}
