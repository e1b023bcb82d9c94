/// Writes an input's bytes into memory that a runtime owns, whose rows may be padded.
public enum InputMemory {
  /// Write RGB, three bytes a pixel, as BGRA with opaque alpha, row by row. Throws `DataRefused` where it does not fit.
  public static func writeBgra(
    _ rgb: [UInt8],
    heightPx: Int,
    widthPx: Int,
    into memory: UnsafeMutableRawBufferPointer,
    rowStrideBytes: Int
  ) throws {
    guard Sizes.fits(heightPx, widthPx, count: rgb.count / 3), rgb.count % 3 == 0 else {
      throw DataRefused(.otherSize, "\(rgb.count) bytes are no \(heightPx) x \(widthPx) picture")
    }
    guard rowStrideBytes >= 4 * widthPx, reaches(heightPx, rowStrideBytes, 4 * widthPx, memory.count) else {
      throw DataRefused(.beyondMemory, "a picture's rows do not fit into the runtime's memory")
    }
    var from = 0
    for row in 0..<heightPx {
      var at = row * rowStrideBytes
      for _ in 0..<widthPx {
        memory[at] = rgb[from + 2]
        memory[at + 1] = rgb[from + 1]
        memory[at + 2] = rgb[from]
        memory[at + 3] = 255
        from += 3
        at += 4
      }
    }
  }

  /// Write packed numbers of `itemBytes` each to where strides put them. Throws `DataRefused` where they do not fit.
  public static func write(
    _ packed: [UInt8],
    shape: [Int],
    stridesBytes: [Int],
    itemBytes: Int,
    into memory: UnsafeMutableRawBufferPointer
  ) throws {
    var count = itemBytes
    for side in shape {
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: side)
      guard side > 0, !isTooLarge else { throw DataRefused(.otherSize, "an input has a side of \(side)") }
      count = product
    }
    guard shape.count == stridesBytes.count, itemBytes > 0, count == packed.count else {
      throw DataRefused(.otherSize, "\(packed.count) bytes are no input of \(shape)")
    }
    guard lastByte(shape, stridesBytes, itemBytes).map({ $0 <= memory.count }) ?? false else {
      throw DataRefused(.beyondMemory, "an input's strides go beyond the runtime's memory")
    }
    var index = [Int](repeating: 0, count: shape.count)
    var at = 0
    for from in stride(from: 0, to: packed.count, by: itemBytes) {
      for byte in 0..<itemBytes { memory[at + byte] = packed[from + byte] }
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        at += stridesBytes[axis]
        if index[axis] < shape[axis] { break }
        at -= shape[axis] * stridesBytes[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }

  /// Where the last number ends; nil for strides that no memory has.
  private static func lastByte(_ shape: [Int], _ stridesBytes: [Int], _ itemBytes: Int) -> Int? {
    var last = itemBytes
    for (side, stride) in zip(shape, stridesBytes) {
      let (reach, isTooLarge) = (side - 1).multipliedReportingOverflow(by: stride)
      let (sum, isBeyond) = last.addingReportingOverflow(reach)
      guard stride >= 0, stride < 1 << 48, !isTooLarge, !isBeyond else { return nil }
      last = sum
    }
    return last
  }

  private static func reaches(_ rows: Int, _ rowStride: Int, _ rowBytes: Int, _ count: Int) -> Bool {
    let (start, isTooLarge) = (rows - 1).multipliedReportingOverflow(by: rowStride)
    return !isTooLarge && start <= count - rowBytes
  }
}
