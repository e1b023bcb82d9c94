import Foundation

/// A run of a bundle's job, as a button shows it. `place`: its place in the job.
public struct WantedRun: Equatable, Sendable {
  public var place: Int
  public var text: String
}

/// What a bundle's screen shows of what it says.
public struct BundleFacts: Equatable, Sendable {
  public var content: BundleContent
  public var sizeBytes: Int

  public init(content: BundleContent, sizeBytes: Int) {
    self.content = content
    self.sizeBytes = sizeBytes
  }

  /// Open a kept bundle and close it again; why where it cannot be.
  public static func of(_ sha256: String, store: BundleStore) -> Result<BundleFacts, any Error> {
    Result {
      let file = try store.file(sha256)
      let bundle = try OpenBundle.open(file)
      defer { bundle.close() }
      let size = (try? file.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0
      return BundleFacts(content: bundle.content, sizeBytes: size)
    }
  }

  /// All in a line: files, photos, size.
  public var line: String {
    [
      Figures.count(content.artifacts.count, "file"), Figures.count(content.photos.count, "photo"),
      Figures.bytes(sizeBytes),
    ].joined(separator: " · ")
  }

  /// The runs of a file, in the job's order.
  public func runs(of artifact: Int) -> [WantedRun] {
    content.job.runs.enumerated().filter { $0.element.artifact == artifact }.map { place, run in
      WantedRun(place: place, text: RunText.asked(run.accelerator))
    }
  }
}

/// Whether all that belongs to a file is as the bundle lists it.
public enum HashCheck {
  /// Hash it; the text says why where it is refused.
  public static func of(_ sha256: String, artifact: Int, store: BundleStore) -> Marked {
    do {
      let bundle = try OpenBundle.open(try store.file(sha256))
      defer { bundle.close() }
      guard bundle.content.artifacts.indices.contains(artifact) else { return Marked(.bad, "There is no such file.") }
      for file in bundle.content.artifacts[artifact].files(bundle.content.files) { try bundle.verify(file.name) }
      _ = try bundle.manifest(artifact)
      return Marked(.good, "Hash verified")
    } catch {
      return Marked(.bad, "Refused: \(PlainReason.of(error))")
    }
  }
}

/// A file of a bundle unpacked to be looked at, outside any job.
public enum PreviewFile {
  /// Unpack it, or take what lies there; what lies there of others is removed. Throws `Refused`.
  public static func unpack(_ artifact: Int, of bundle: OpenBundle, into folder: URL) throws -> URL {
    let own = "\(bundle.sha256.prefix(32))-\(artifact)"
    for other in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] where other != own {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(other))
    }
    let said = bundle.content.artifacts[artifact]
    for listed in said.files(bundle.content.files) {
      let to = folder.appendingPathComponent(own).appendingPathComponent(listed.name)
      let size = (try? to.resourceValues(forKeys: [.fileSizeKey]))?.fileSize
      if size != listed.sizeBytes { try bundle.extract(listed.name, to: to) }
    }
    return folder.appendingPathComponent(own).appendingPathComponent(said.file)
  }
}
