#if canImport(CoreML)
  import CoreVideo
  import Foundation
  import HarnessCore

  /// A camera's frame to a picture: luma and interleaved chroma at full range; docs/preprocessing.md, "From a camera".
  public enum PixelBufferReader {
    /// Copy the planes while they are locked and convert them. Throws `CannotRun` for a frame of another kind.
    public static func picture(_ frame: CVPixelBuffer) throws -> Picture {
      let format = CVPixelBufferGetPixelFormatType(frame)
      guard format == kCVPixelFormatType_420YpCbCr8BiPlanarFullRange, CVPixelBufferGetPlaneCount(frame) == 2 else {
        throw CannotRun("the camera gives frames of format \(format), which this app does not read")
      }
      guard CVPixelBufferLockBaseAddress(frame, .readOnly) == kCVReturnSuccess else {
        throw CannotRun("the camera's frame is locked")
      }
      defer { CVPixelBufferUnlockBaseAddress(frame, .readOnly) }
      let luma = try plane(frame, 0)
      let chroma = try plane(frame, 1)
      return try Yuv.toRgb(
        heightPx: CVPixelBufferGetHeight(frame),
        widthPx: CVPixelBufferGetWidth(frame),
        y: Plane(memory: luma.bytes, rowStrideBytes: luma.stride, pixelStrideBytes: 1),
        uv: Plane(memory: chroma.bytes, rowStrideBytes: chroma.stride, pixelStrideBytes: 2)
      )
    }

    private static func plane(_ frame: CVPixelBuffer, _ index: Int) throws -> (bytes: [UInt8], stride: Int) {
      guard let base = CVPixelBufferGetBaseAddressOfPlane(frame, index) else {
        throw CannotRun("the camera's frame has no memory")
      }
      let stride = CVPixelBufferGetBytesPerRowOfPlane(frame, index)
      let count = stride * CVPixelBufferGetHeightOfPlane(frame, index)
      return ([UInt8](UnsafeRawBufferPointer(start: base, count: count)), stride)
    }
  }
#endif
