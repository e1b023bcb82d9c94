/// The types of a tensor's numbers, and how one is read from little-endian memory.
public enum ElementType: String, CaseIterable, Sendable {
  case bool
  case int8
  case uint8
  case int16
  case uint16
  case int32
  case int64
  case float16
  case float32
  case float64

  /// Find a type by the name that manifests give it; nil for any other.
  public static func named(_ code: String) -> ElementType? { ElementType(rawValue: code) }

  public var sizeBytes: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }

  /// Read a number; of 64-bit integers those beyond 2^53 lose digits. The place must lie within the memory.
  @inline(__always)
  func number(_ memory: UnsafeRawBufferPointer, _ at: Int) -> Double {
    switch self {
    case .float16: Double(Half.toFloat(Self.load(memory, at, UInt16.self)))
    case .float32: Double(Float(bitPattern: Self.load(memory, at, UInt32.self)))
    case .float64: Double(bitPattern: Self.load(memory, at, UInt64.self))
    default: Double(whole(memory, at))
    }
  }

  /// Read a whole number; a float that is none gives -1, which is no class. The place must lie within the memory.
  @inline(__always)
  func whole(_ memory: UnsafeRawBufferPointer, _ at: Int) -> Int {
    switch self {
    case .int8: return Int(Self.load(memory, at, Int8.self))
    case .bool, .uint8: return Int(memory[at])
    case .int16: return Int(Self.load(memory, at, Int16.self))
    case .uint16: return Int(Self.load(memory, at, UInt16.self))
    case .int32: return Int(Self.load(memory, at, Int32.self))
    case .int64: return Int(Self.load(memory, at, Int64.self))
    case .float16, .float32, .float64:
      let value = number(memory, at)
      return value.rounded() == value && value >= 0 && value < 1e9 ? Int(value) : -1
    }
  }

  @inline(__always)
  private static func load<Whole: FixedWidthInteger>(
    _ memory: UnsafeRawBufferPointer, _ at: Int, _ type: Whole.Type
  ) -> Whole {
    Whole(littleEndian: memory.loadUnaligned(fromByteOffset: at, as: type))
  }
}
