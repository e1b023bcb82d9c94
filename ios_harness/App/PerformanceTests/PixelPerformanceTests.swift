import HarnessCore
import XCTest

/// How long the work around a file takes, for whoever changes it: Xcode keeps the figures, records do not have them.
final class PixelPerformanceTests: XCTestCase {
  func testResizingAPhoto() throws {
    let photo = try Picture(heightPx: 1200, widthPx: 1600, rgb: bytes(1200 * 1600 * 3))
    measure { _ = try? Resize.resize(photo, heightPx: 320, widthPx: 320) }
  }

  func testTurningACamerasFrame() throws {
    let luma = Plane(memory: bytes(640 * 480), rowStrideBytes: 640, pixelStrideBytes: 1)
    let blue = Plane(memory: bytes(640 * 240), rowStrideBytes: 640, pixelStrideBytes: 2)
    let red = Plane(memory: bytes(640 * 240), offset: 1, rowStrideBytes: 640, pixelStrideBytes: 2)
    measure {
      let taken = try? Yuv.toRgb(heightPx: 480, widthPx: 640, y: luma, u: blue, v: red)
      _ = taken.flatMap { try? Turns.fromCamera($0, rotationDegrees: 90, facing: .mirrored) }
    }
  }

  func testDrawingAMask() throws {
    let map = try ClassMap(heightPx: 1200, widthPx: 1600, pixels: bytes(1200 * 1600).map { $0 % 21 })
    let table = MaskPixels.table([[Int]](repeating: [1, 2, 3], count: 21))
    measure { _ = MaskPixels.rgba(map, table: table) }
  }

  /// Bytes without a pattern, the same each time.
  private func bytes(_ count: Int) -> [UInt8] {
    var state: UInt32 = 1
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }
}
