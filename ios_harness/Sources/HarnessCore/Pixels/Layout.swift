/// Where channels, rows and columns lie in a tensor of one picture: NCHW or NHWC.
struct Layout {
  let channelAxis: Int
  let rowAxis: Int
  let columnAxis: Int
  let channels: Int
  let heightPx: Int
  let widthPx: Int

  /// Read a tensor's layout; nil where it is not of four axes that are known, none of them empty.
  init?(_ spec: TensorSpec) {
    guard spec.shape.count == 4, spec.shape.allSatisfy({ $0 > 0 }) else { return nil }
    switch spec.layout {
    case "NCHW": (channelAxis, rowAxis, columnAxis) = (1, 2, 3)
    case "NHWC": (channelAxis, rowAxis, columnAxis) = (3, 1, 2)
    default: return nil
    }
    channels = spec.shape[channelAxis]
    heightPx = spec.shape[rowAxis]
    widthPx = spec.shape[columnAxis]
  }
}
