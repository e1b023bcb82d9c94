import Testing

@testable import HarnessCore

/// Outputs of every type, wild strides and classes that there are not.
@Suite struct OutputTests {
  private static let logits: [Int] = [5, 0, 7, 7, 1, 9, 3, 7, 2, 0, 7, 8]  // two classes of 2 x 3
  private static let right: [UInt8] = [0, 1, 0, 0, 1, 0]

  /// The same scores in a type, little endian.
  private static func memory(_ dtype: String) -> [UInt8] {
    logits.flatMap { value -> [UInt8] in
      switch dtype {
      case "float16": bytes(Half.ofByte(UInt8(value)))
      case "float32": bytes(Float(value).bitPattern)
      case "float64": bytes(Double(value).bitPattern)
      case "int32": bytes(UInt32(value))
      default: [UInt8(value)]
      }
    }
  }

  private static func bytes<Bits: FixedWidthInteger>(_ bits: Bits) -> [UInt8] {
    withUnsafeBytes(of: bits.littleEndian, Array.init)
  }

  private static func output(_ dtype: String, _ shape: [Int], _ strides: [Int], _ memory: [UInt8]) -> RawOutput {
    RawOutput(
      name: "scores", dtype: dtype, shape: shape, stridesBytes: strides, scale: nil, zeroPoint: nil, memory: memory)
  }

  private static func spec(_ dtype: String, _ shape: [Int], _ layout: String) -> TensorSpec {
    TensorSpec(name: "scores", shape: shape, layout: layout, dtype: dtype, scale: nil, zeroPoint: nil)
  }

  @Test(arguments: ["float16", "float32", "float64", "int32", "uint8"])
  func theSameScoresOfAnyTypeGiveOneClassMap(_ dtype: String) throws {
    let size = try #require(ElementType.named(dtype)).sizeBytes
    let given = Self.output(dtype, [1, 2, 2, 3], [12, 6, 3, 1].map { $0 * size }, Self.memory(dtype))
    let scores = try given.scores(Self.spec(dtype, [1, 2, 2, 3], "NCHW"), classes: 2)
    #expect(try scores.classMap(photoHeightPx: 2, photoWidthPx: 3).pixels == Self.right)
  }

  @Test(arguments: ["bfloat16", "complex64", "float", "Float32", "image", ""])
  func aTypeThatIsNotKnownIsRefusedByName(_ dtype: String) {
    let given = Self.output(dtype, [1, 2, 2, 3], [48, 24, 12, 4], Self.memory("float32"))
    let spec = Self.spec(dtype, [1, 2, 2, 3], "NCHW")
    do {
      _ = try given.scores(spec, classes: 2)
      Issue.record("\(dtype) was read")
    } catch let error as DataRefused {
      #expect(error.fault.code == "unsupported" && error.message.contains("scores is of \(dtype)"))
    } catch {
      Issue.record(error)
    }
  }

  @Test(arguments: [-4, 1 << 40, 1 << 62, .max, .min], 1...3)
  func stridesThatLeadOutOfTheMemoryOrAroundItAreRefused(_ stride: Int, _ axis: Int) {
    var strides = [0, 100, 20, 4]
    strides[axis] = stride
    let given = Self.output("float32", [1, 2, 5, 5], strides, [UInt8](repeating: 0, count: 200))
    #expect(refusal { try given.scores(Self.spec("float32", [1, 2, 5, 5], "NCHW"), classes: 2) } == "beyond-memory")
  }

  @Test func aStrideTooFewIsRefused() {
    let given = Self.output("float32", [1, 2, 5, 5], [100, 20, 4], [UInt8](repeating: 0, count: 200))
    #expect(refusal { try given.scores(Self.spec("float32", [1, 2, 5, 5], "NCHW"), classes: 2) } == "beyond-memory")
  }

  @Test func bytesAbove127AreClassesAndNoNegativeNumbers() throws {
    let kinds: [UInt8] = [0, 127, 128, 150, 254]
    let given = Self.output("uint8", [1, 1, 5], [5, 5, 1], kinds)
    let spec = Self.spec("uint8", [1, 1, 5], "NHW")
    #expect(try given.classMap(spec, classes: 255).pixels == kinds)
    #expect(refusal { try given.classMap(spec, classes: 254) } == "no-such-class")
  }

  @Test func aClassOf256IsRefusedAndNotWrapped() {
    let given = Self.output("int16", [1, 1, 1], [2, 2, 2], [0, 1])
    #expect(refusal { try given.classMap(Self.spec("int16", [1, 1, 1], "NHW"), classes: 300) } == "no-such-class")
  }

  @Test func aClassMapOfAPhotoOf1024PixelsTakesWellUnderASecond() throws {
    let values = (0..<(19 * 128 * 128)).map { Float(($0 &* 2_654_435_761) % 1000) }
    let scores = Scores(classes: 19, heightPx: 128, widthPx: 128, values: values, notFinite: 0)
    let clock = ContinuousClock()
    let took = try (0..<3).map { _ in
      try clock.measure { _ = try scores.classMap(photoHeightPx: 1024, photoWidthPx: 1024) }
    }
    #expect(took.min()! < .seconds(1))
  }
}
