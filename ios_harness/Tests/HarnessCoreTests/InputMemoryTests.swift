import Testing

@testable import HarnessCore

/// Inputs in memory that a runtime owns, whose rows may be padded.
struct InputMemoryTests {
  private func filled(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows -> [UInt8] {
    var memory = [UInt8](repeating: 7, count: count)
    try memory.withUnsafeMutableBytes(body)
    return memory
  }

  @Test func redGreenAndBlueGoToTheirPlacesAndPaddingIsLeftAlone() throws {
    let memory = try filled(24) {
      try InputMemory.writeBgra(
        [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16], heightPx: 2, widthPx: 2, into: $0, rowStrideBytes: 12)
    }
    #expect(memory == [3, 2, 1, 255, 6, 5, 4, 255, 7, 7, 7, 7, 13, 12, 11, 255, 16, 15, 14, 255, 7, 7, 7, 7])
  }

  @Test func theLastRowNeedsNoPadding() throws {
    let memory = try filled(20) {
      try InputMemory.writeBgra([UInt8](1...12), heightPx: 2, widthPx: 2, into: $0, rowStrideBytes: 12)
    }
    #expect(memory.suffix(4) == [12, 11, 10, 255])
  }

  @Test(arguments: [(2, 2, 8, 15), (2, 2, 7, 100), (1, 4, 16, 15), (2, 2, Int.max, 100)])
  func aPictureThatDoesNotFitIsRefused(height: Int, width: Int, stride: Int, count: Int) {
    let rgb = [UInt8](repeating: 0, count: 3 * height * width)
    #expect(throws: DataRefused.self) {
      _ = try filled(count) {
        try InputMemory.writeBgra(rgb, heightPx: height, widthPx: width, into: $0, rowStrideBytes: stride)
      }
    }
  }

  @Test(arguments: [0, 11, 13]) func anotherNumberOfBytesIsNoPicture(count: Int) {
    #expect(throws: DataRefused.self) {
      _ = try filled(64) {
        try InputMemory.writeBgra(
          [UInt8](repeating: 0, count: count), heightPx: 2, widthPx: 2, into: $0, rowStrideBytes: 8)
      }
    }
  }

  @Test func numbersGoWhereStridesPutThem() throws {
    let memory = try filled(14) {
      try InputMemory.write(
        [1, 2, 3, 4, 5, 6, 7, 8], shape: [1, 2, 2], stridesBytes: [0, 8, 4], itemBytes: 2, into: $0)
    }
    #expect(memory == [1, 2, 7, 7, 3, 4, 7, 7, 5, 6, 7, 7, 7, 8])
  }

  @Test func channelsLastStridesTurnTheOrder() throws {
    let memory = try filled(6) {
      try InputMemory.write([1, 2, 3, 4, 5, 6], shape: [2, 3], stridesBytes: [1, 2], itemBytes: 1, into: $0)
    }
    #expect(memory == [1, 4, 2, 5, 3, 6])
  }

  @Test(arguments: [[9, 1], [-1, 1], [Int.max, 1], [2], [2, 1 << 50]])
  func stridesBeyondTheMemoryAreRefused(strides: [Int]) {
    #expect(throws: DataRefused.self) {
      _ = try filled(8) {
        try InputMemory.write([1, 2, 3, 4], shape: [2, 2], stridesBytes: strides, itemBytes: 1, into: $0)
      }
    }
  }

  @Test(arguments: [[2, 3], [0, 4], [-2, -2], [Int.max, 2], []])
  func anotherShapeIsRefused(shape: [Int]) {
    #expect(throws: DataRefused.self) {
      _ = try filled(8) {
        try InputMemory.write(
          [1, 2, 3, 4], shape: shape, stridesBytes: shape.map { _ in 1 }, itemBytes: 1, into: $0)
      }
    }
  }
}
