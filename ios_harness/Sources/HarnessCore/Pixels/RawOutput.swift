/// An output as a runtime holds it: raw memory, and how the numbers lie in it; docs/preprocessing.md, "Reading an output".
///
/// `memory`: little endian; a copy of what the runtime holds, as a runtime may overwrite that with the next run.
public struct RawOutput: Equatable, Sendable {
  public var name: String
  public var dtype: String
  public var shape: [Int]
  public var stridesBytes: [Int]
  public var scale: Double?
  public var zeroPoint: Int?
  public var memory: [UInt8]

  public init(
    name: String,
    dtype: String,
    shape: [Int],
    stridesBytes: [Int],
    scale: Double?,
    zeroPoint: Int?,
    memory: [UInt8]
  ) {
    self.name = name
    self.dtype = dtype
    self.shape = shape
    self.stridesBytes = stridesBytes
    self.scale = scale
    self.zeroPoint = zeroPoint
    self.memory = memory
  }
}
