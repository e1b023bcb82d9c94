/// What a file's outputs come to on one photo. `notFinite`: scores that are no number; any fails the file.
public struct Segmented: Equatable, Sendable {
  public let classMap: ClassMap
  public let notFinite: Int
}

/// From a runtime's outputs to the class map at a photo's size, as the manifest says it.
public enum Segmentation {
  /// Bring them there. Throws `DataRefused` where they are not what the manifest says.
  public static func classMap(
    _ outputs: [RawOutput], manifest: Manifest, heightPx: Int, widthPx: Int
  ) throws -> Segmented {
    guard let wanted = manifest.outputs.first else {
      throw DataRefused(.noSuchOutput, "the manifest names no output")
    }
    let output = try RawOutput.chosen(outputs, wanted)
    if manifest.output == "classmap" {
      let found = try output.classMap(wanted, classes: manifest.classes.count)
      return Segmented(classMap: try found.resized(heightPx: heightPx, widthPx: widthPx), notFinite: 0)
    }
    let scores = try output.scores(wanted, classes: manifest.classes.count)
    let found = try scores.classMap(photoHeightPx: heightPx, photoWidthPx: widthPx)
    return Segmented(classMap: found, notFinite: scores.notFinite)
  }
}
