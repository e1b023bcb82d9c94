/// Whether a camera's picture is shown as it was taken, or as in a mirror.
public enum Facing: Sendable {
  case asTaken
  case mirrored
}

/// Turns and mirrors: a stored photo by its Exif orientation, a camera's picture by its sensor's rotation.
public enum Turns {
  /// Make a photo stand upright. `orientation`: of Exif, 1 to 8; anything else counts as 1.
  public static func upright(_ stored: Picture, orientation: Int) throws -> Picture {
    switch orientation {
    case 2: return try mirrored(stored)
    case 3: return try clockwise(stored, 2)
    case 4: return try mirrored(clockwise(stored, 2))
    case 5: return try mirrored(clockwise(stored, 1))
    case 6: return try clockwise(stored, 1)
    case 7: return try mirrored(clockwise(stored, 3))
    case 8: return try clockwise(stored, 3)
    default: return stored
    }
  }

  /// Turn a camera's picture, then mirror it where it comes from a front camera.
  ///
  /// `rotationDegrees`: clockwise, as the system gives it: a multiple of 90. Throws `DataRefused` for another.
  public static func fromCamera(_ taken: Picture, rotationDegrees: Int, facing: Facing) throws -> Picture {
    guard rotationDegrees % 90 == 0 else {
      throw DataRefused(.unsupported, "a camera is not turned by \(rotationDegrees) degrees")
    }
    let turned = try clockwise(taken, (rotationDegrees / 90 % 4 + 4) % 4)
    return facing == .mirrored ? try mirrored(turned) : turned
  }

  /// Mirror left to right.
  public static func mirrored(_ picture: Picture) throws -> Picture {
    let width = picture.widthPx
    return try moved(picture, picture.heightPx, width) { row, column in row * width + width - 1 - column }
  }

  private static func clockwise(_ picture: Picture, _ quarters: Int) throws -> Picture {
    let height = picture.heightPx
    let width = picture.widthPx
    switch quarters {
    case 1: return try moved(picture, width, height) { row, column in (height - 1 - column) * width + row }
    case 2:
      return try moved(picture, height, width) { row, column in (height - 1 - row) * width + width - 1 - column }
    case 3: return try moved(picture, width, height) { row, column in column * width + width - 1 - row }
    default: return picture
    }
  }

  /// Make a picture of this size, each pixel taken from where `source` says, in row-major order.
  @inline(__always)
  private static func moved(
    _ picture: Picture, _ heightPx: Int, _ widthPx: Int, source: (_ row: Int, _ column: Int) -> Int
  ) throws -> Picture {
    let count = picture.rgb.count
    let rgb = [UInt8](unsafeUninitializedCapacity: count) { made, size in
      picture.rgb.withUnsafeBufferPointer { rgb in
        var at = 0
        for row in 0..<heightPx {
          for column in 0..<widthPx {
            let from = 3 * source(row, column)
            made[at] = rgb[from]
            made[at + 1] = rgb[from + 1]
            made[at + 2] = rgb[from + 2]
            at += 3
          }
        }
      }
      size = count
    }
    return try Picture(heightPx: heightPx, widthPx: widthPx, rgb: rgb)
  }
}
