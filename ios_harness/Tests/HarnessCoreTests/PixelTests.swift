import HarnessCases
import Testing

@testable import HarnessCore

/// What the cases of pictures and planes do not ask: damaged numbers, halves, and speed.
@Suite struct PixelTests {
  @Test func everyFloat16IsReadAsItsParts() {
    for bits in 0...0xFFFF {
      let fraction = Double(bits & 0x3FF)
      let exponent = bits >> 10 & 0x1F
      let size: Double =
        switch exponent {
        case 0: fraction * 0x1p-24
        case 0x1F: fraction == 0 ? .infinity : .nan
        default: (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
        }
      let found = Half.toFloat(UInt16(bits))
      let wanted = Float(bits < 0x8000 ? size : -size)
      #expect(found == wanted || (found.isNaN && wanted.isNaN))
    }
    for value in UInt8.min...UInt8.max { #expect(Half.toFloat(Half.ofByte(value)) == Float(value)) }
  }

  @Test func rowsOf896BytesFor864PixelsAreNotSheared() throws {
    let luma = (0..<(896 * 3 + 864)).map { UInt8($0 % 896 % 251) }
    let colour = Plane(memory: [UInt8](repeating: 128, count: 896 + 864), rowStrideBytes: 896, pixelStrideBytes: 2)
    let y = Plane(memory: luma, rowStrideBytes: 896, pixelStrideBytes: 1)
    let found = try Yuv.toRgb(heightPx: 4, widthPx: 864, y: y, uv: colour)
    for row in 0..<4 {
      for column in 0..<864 { #expect(found.at(row, column, 1) == column % 251) }
    }
  }

  @Test func planesThatAreASampleShortOrOverflowAreRefused() {
    let whole = Plane(memory: [UInt8](repeating: 0, count: 64), rowStrideBytes: 8, pixelStrideBytes: 1)
    for (field, values) in [(\Plane.offset, [1, -1, .max]), (\Plane.rowStrideBytes, [9, -8, .max, .min])] {
      for value in values {
        var damaged = whole
        damaged[keyPath: field] = value
        #expect(refusal { try Yuv.toRgb(heightPx: 8, widthPx: 8, y: damaged, u: whole, v: whole) } == "beyond-memory")
      }
    }
    #expect(refusal { try Yuv.toRgb(heightPx: .max, widthPx: 2, y: whole, u: whole, v: whole) } == "other-size")
  }

  @Test func sizesThatNothingHasAreRefused() throws {
    let photo = try Picture(heightPx: 2, widthPx: 2, rgb: [UInt8](repeating: 7, count: 12))
    let map = try ClassMap(heightPx: 1, widthPx: 1, pixels: [0])
    for (height, width) in [(0, 4), (4, -1), (Int.max, 2), (1 << 20, 1 << 20)] {
      #expect(refusal { try Resize.resize(photo, heightPx: height, widthPx: width) } == "other-size")
      #expect(refusal { try map.resized(heightPx: height, widthPx: width) } == "other-size")
    }
  }

  @Test func aCameraIsTurnedByQuartersAlone() throws {
    let photo = try Picture(heightPx: 1, widthPx: 2, rgb: [1, 2, 3, 4, 5, 6])
    #expect(refusal { try Turns.fromCamera(photo, rotationDegrees: 45, facing: .asTaken) } == "unsupported")
    let once = try Turns.fromCamera(photo, rotationDegrees: -90, facing: .asTaken)
    #expect(try once == Turns.fromCamera(photo, rotationDegrees: 270, facing: .asTaken))
  }

  @Test func anInputOfAPictureIsItsEightBitValues() throws {
    let photo = try Picture(heightPx: 1, widthPx: 2, rgb: [1, 2, 3, 4, 5, 6])
    let spec = TensorSpec(
      name: "image", shape: [1, 1, 2, 3], layout: "NHWC", dtype: "image", scale: nil, zeroPoint: nil)
    #expect(try InputTensor.bytes(photo, spec) == photo.rgb)
    for dtype in ["bool", "int8", "bfloat16", "complex64"] {
      var other = spec
      other.dtype = dtype
      #expect(refusal { try InputTensor.bytes(photo, other) } == "unsupported")
    }
  }

  @Test func aWrongResultIsCalledByTheFaultThatGivesIt() throws {
    let one = try #require(try allCases.cases(of: "camera").first { $0.name == "3" })
    let said = try #require(try JsonReader.read(allCasesText("camera")).table).tables("cases")[3]
    let taken = try CaseFolder(casesFolder).array(Said(said.table("rgb"))).picture()
    let mirroredFirst = try Turns.fromCamera(Turns.mirrored(taken), rotationDegrees: 90, facing: .asTaken)
    #expect(allCases.outcome(of: one) == .equal)
    #expect(throws: Differs.self) { try CaseArray(mirroredFirst).expect(Said(said)) }
    #expect(throws: Differs.self) { try CaseArray(taken).expect(Said(said)) }
    let cause = try CaseArray.cause(Hashes.sha256(mirroredFirst.rgb), Said(said.table("faults")))
    #expect(cause == "this is what other-way-round or mirrored-first gives")
  }

  private func allCasesText(_ set: String) throws -> [UInt8] { try CaseFolder(casesFolder).bytes("\(set).json") }
}
