import HarnessCore

/// The cases of bundles.
enum BundleCases {
  @Sendable static func bundle(_ said: Said, _ at: CaseContext) throws {
    let bundle = try OpenBundle.open(ArraySource(at.folder.array(said.table("zip")).data))
    defer { bundle.close() }
    try bundle.verify()
    try expectEqual(bundle.sha256, said.text("sha256"), "its hash")
    var wanted = try said.table("bundle").fields
    wanted["wishes"] = nil  // a later version's, which this one does not know
    if bundle.document != wanted { throw Differs("bundle.json is read as another document") }
    let given = bundle.content.inputs[0]
    let photos = try bundle.content.photos.indices.map { try bundle.photo(0, $0).rgb }
    let shape = [photos.count, given.heightPx, given.widthPx, 3]
    try CaseArray(dtype: "uint8", shape: shape, data: photos.flatMap { $0 }).expect(said, "inputs")
    guard let label = bundle.content.photos[0].label else { throw Differs("the first photo has no label") }
    try CaseArray(bundle.classMap(label, 0)).expect(said, "label")
    let maps = try said.table("maps")
    for name in maps.names {
      guard let photo = photo(of: name, bundle.content) else { throw Differs("\(name) is no photo's map") }
      try CaseArray(bundle.classMap(name, photo)).expect(maps.table(name), nil)
    }
    for artifact in bundle.content.artifacts.indices { _ = try bundle.manifest(artifact) }
  }

  @Sendable static func refused(_ said: Said, _ at: CaseContext) throws {
    try expectRefused(said.text("error")) {
      if said.isNull("zip") {
        _ = try OpenBundle.checked(said.value("bundle"))
        return
      }
      let bundle = try OpenBundle.open(ArraySource(at.folder.array(said.table("zip")).data))
      defer { bundle.close() }
      try bundle.verify()
      for artifact in bundle.content.artifacts.indices { _ = try bundle.manifest(artifact) }
    }
  }

  private static func photo(of name: String, _ content: BundleContent) -> Int? {
    let lists = content.golden.flatMap { [$0.maps, $0.networkMaps ?? []] } + [content.photos.map { $0.label ?? "" }]
    return lists.lazy.compactMap { $0.firstIndex(of: name) }.first
  }
}
