/// A plane of a camera's picture: rows may be padded, samples may alternate with those of another plane.
public struct Plane: Sendable {
  public var memory: [UInt8]
  public var offset: Int
  public var rowStrideBytes: Int
  public var pixelStrideBytes: Int

  public init(memory: [UInt8], offset: Int = 0, rowStrideBytes: Int, pixelStrideBytes: Int) {
    self.memory = memory
    self.offset = offset
    self.rowStrideBytes = rowStrideBytes
    self.pixelStrideBytes = pixelStrideBytes
  }
}

/// A camera's planes to RGB: BT.601 at full range in whole numbers; docs/preprocessing.md, "From a camera".
public enum Yuv {
  /// Convert the two planes of iOS' `420YpCbCr8BiPlanarFullRange`, where U and V alternate in one.
  ///
  /// Throws `DataRefused` where a sample would lie beyond its plane's memory.
  public static func toRgb(heightPx: Int, widthPx: Int, y: Plane, uv: Plane) throws -> Picture {
    var v = uv
    v.offset += 1
    return try toRgb(heightPx: heightPx, widthPx: widthPx, y: y, u: uv, v: v)
  }

  /// Convert three planes. Throws `DataRefused` where a sample would lie beyond its plane's memory.
  public static func toRgb(heightPx: Int, widthPx: Int, y: Plane, u: Plane, v: Plane) throws -> Picture {
    guard Sizes.isOfAPicture(heightPx, widthPx) else {
      throw DataRefused(.otherSize, "no camera's picture is of \(heightPx) x \(widthPx)")
    }
    try checkReach(y, heightPx, widthPx)
    for plane in [u, v] { try checkReach(plane, (heightPx + 1) / 2, (widthPx + 1) / 2) }
    let count = 3 * heightPx * widthPx
    let rgb = [UInt8](unsafeUninitializedCapacity: count) { made, size in
      y.memory.withUnsafeBufferPointer { lumas in
        u.memory.withUnsafeBufferPointer { blues in
          v.memory.withUnsafeBufferPointer { reds in
            var at = 0
            for row in 0..<heightPx {
              let lumaRow = y.offset + row * y.rowStrideBytes
              let uRow = u.offset + row / 2 * u.rowStrideBytes
              let vRow = v.offset + row / 2 * v.rowStrideBytes
              for column in 0..<widthPx {
                let luma = Int32(lumas[lumaRow + column * y.pixelStrideBytes])
                let blue = Int32(blues[uRow + column / 2 * u.pixelStrideBytes]) - 128
                let red = Int32(reds[vRow + column / 2 * v.pixelStrideBytes]) - 128
                made[at] = cut(luma + ((91_881 * red + 32_768) >> 16))
                made[at + 1] = cut(luma + ((32_768 - 22_554 * blue - 46_802 * red) >> 16))
                made[at + 2] = cut(luma + ((116_130 * blue + 32_768) >> 16))
                at += 3
              }
            }
          }
        }
      }
      size = count
    }
    return try Picture(heightPx: heightPx, widthPx: widthPx, rgb: rgb)
  }

  @inline(__always)
  private static func cut(_ value: Int32) -> UInt8 { UInt8(truncatingIfNeeded: min(max(value, 0), 255)) }

  /// The last row of a plane ends with its last sample: nothing beyond it is read, nor need be there.
  private static func checkReach(_ plane: Plane, _ rows: Int, _ columns: Int) throws {
    let isWithin = Sizes.areWithin(
      limit: plane.memory.count,
      shape: [rows, columns],
      stridesBytes: [plane.rowStrideBytes, plane.pixelStrideBytes],
      offset: plane.offset,
      sizeBytes: 1
    )
    guard isWithin else { throw DataRefused(.beyondMemory, "a plane is shorter than its strides say") }
  }
}
