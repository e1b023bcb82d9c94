/// How the names of a bundle's files must fit each other: each as a zip takes it, listed and named.
enum BundleNames {
  /// Throws `BundleRefused` for the first that does not fit.
  static func check(_ content: BundleContent) throws {
    let names = content.files.keys.sorted(by: ArchiveNames.precedes)
    if let bad = names.first(where: { ArchiveNames.fault($0) != nil }) {
      throw BundleChecks.refused(.name, "\(bad) may be no name")
    }
    if ArchiveNames.hasTwins(names + [OpenBundle.name]) {
      throw BundleChecks.refused(.sameName, "two of its names are one")
    }
    let named = named(content)
    let unlisted = named.first { content.files[$0] == nil }
    let unnamed = unnamed(names, Set(named), content.artifacts)
    if let lost = content.artifacts.first(where: { $0.files(content.files).isEmpty }) {
      throw BundleChecks.refused(.artifact, "\(lost.file) is not among its files")
    }
    if let unlisted { throw BundleChecks.refused(.notListed, "\(unlisted) is named and not among its files") }
    if let unnamed { throw BundleChecks.refused(.notNamed, "\(unnamed) is among its files and nothing names it") }
  }

  /// A file that nothing names, and that lies in no package.
  private static func unnamed(_ names: [String], _ named: Set<String>, _ artifacts: [BundleArtifact]) -> String? {
    let packages = Set(artifacts.map(\.file))
    return names.first { !named.contains($0) && !folders($0).contains(where: packages.contains) }
  }

  /// The folders that a file lies in, and those that these lie in.
  private static func folders(_ name: String) -> [String] {
    name.indices.filter { name[$0] == "/" }.map { String(name[..<$0]) }
  }

  /// All names that are said outside of the list of files.
  private static func named(_ content: BundleContent) -> [String] {
    var found: [String] = []
    for one in content.artifacts {
      found.append(one.manifest)
      if content.files[one.file] != nil { found.append(one.file) }
    }
    found += content.inputs.map(\.file) + content.photos.map(\.file) + content.photos.compactMap(\.label)
    for one in content.golden { found += one.maps + (one.networkMaps ?? []) }
    return found
  }
}

extension BundleArtifact {
  /// Its own file among those that are listed, or those of its package, in order.
  public func files(_ listed: [String: ListedFile]) -> [ListedFile] {
    if let own = listed[file] { return [own] }
    let folder = file + "/"
    return listed.values.filter { $0.name.hasPrefix(folder) }.sorted { ArchiveNames.precedes($0.name, $1.name) }
  }
}
