// Enough of CoreVideo to run the examples: a buffer whose rows are padded, and which is seen while it is locked alone.

@_exported import CoreGraphics
@_exported import Foundation

// swift-format-ignore: AlwaysUseLowerCamelCase
public let kCVPixelFormatType_32BGRA: UInt32 = 0x4247_5241

public final class CVPixelBuffer {
  public let (width, height, row): (Int, Int, Int)
  let memory: UnsafeMutableRawPointer
  var isLocked = false

  init(_ width: Int, _ height: Int) {
    (self.width, self.height, row) = (width, height, (4 * width + 63) / 64 * 64 + 64)
    memory = .allocate(byteCount: row * height, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0xA5, count: row * height)
  }

  deinit { memory.deallocate() }

  /// The picture's RGB; the padding must be as it was.
  public func rgb() -> [UInt8] {
    precondition(!isLocked, "it is still locked")
    let bytes = [UInt8](UnsafeRawBufferPointer(start: memory, count: row * height))
    precondition(
      (0..<height).allSatisfy { y in bytes[(y * row + 4 * width)..<((y + 1) * row)].allSatisfy { $0 == 0xA5 } })
    return (0..<3 * width * height).map { place in
      bytes[place / 3 / width * row + place / 3 % width * 4 + 2 - place % 3]
    }
  }
}

public struct CVPixelBufferLockFlags: OptionSet {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
public func CVPixelBufferCreate(
  _ allocator: Int?, _ width: Int, _ height: Int, _ format: UInt32, _ attributes: [String: Int]?,
  _ made: UnsafeMutablePointer<CVPixelBuffer?>
) -> Int32 {
  precondition(format == kCVPixelFormatType_32BGRA)
  made.pointee = CVPixelBuffer(width, height)
  return 0
}

// swift-format-ignore: AlwaysUseLowerCamelCase
@discardableResult
public func CVPixelBufferLockBaseAddress(_ buffer: CVPixelBuffer, _ flags: CVPixelBufferLockFlags) -> Int32 {
  precondition(!buffer.isLocked && flags.isEmpty)
  buffer.isLocked = true
  return 0
}

// swift-format-ignore: AlwaysUseLowerCamelCase
@discardableResult
public func CVPixelBufferUnlockBaseAddress(_ buffer: CVPixelBuffer, _ flags: CVPixelBufferLockFlags) -> Int32 {
  precondition(buffer.isLocked && flags.isEmpty)
  buffer.isLocked = false
  return 0
}

// swift-format-ignore: AlwaysUseLowerCamelCase
public func CVPixelBufferGetBaseAddress(_ buffer: CVPixelBuffer) -> UnsafeMutableRawPointer? {
  buffer.isLocked ? buffer.memory : nil
}

// swift-format-ignore: AlwaysUseLowerCamelCase
public func CVPixelBufferGetBytesPerRow(_ buffer: CVPixelBuffer) -> Int { buffer.row }
