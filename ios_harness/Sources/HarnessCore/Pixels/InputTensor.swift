/// The bytes of a file's input, made of a picture of its size; docs/preprocessing.md, "Tensors".
///
/// 8-bit values go in as they are: mean and deviation are the file's own business.
public enum InputTensor {
  /// Make the bytes, little endian and without gaps. Throws `DataRefused` for an input that no picture fits.
  ///
  /// Of an input of type `image` these are the 8-bit values: a backend makes a picture of them.
  public static func bytes(_ picture: Picture, _ spec: TensorSpec) throws -> [UInt8] {
    guard let layout = Layout(spec), layout.channels == 3, spec.shape[0] == 1 else {
      throw DataRefused(.unsupported, "\(spec.name) takes no picture of three colours")
    }
    guard layout.heightPx == picture.heightPx, layout.widthPx == picture.widthPx else {
      throw DataRefused(.otherSize, "a picture is not of the size of \(spec.name)")
    }
    let values = spec.layout == "NHWC" ? picture.rgb : planes(picture)
    if let scale = spec.scale {
      return put(values, try quantised(spec, Float(scale)))
    }
    switch spec.dtype {
    case "image", "uint8": return values
    case "int16", "uint16": return put(values, table { UInt16($0) })
    case "int32": return put(values, table { UInt32($0) })
    case "int64": return put(values, table { UInt64($0) })
    case "float16": return put(values, table { Half.ofByte($0) })
    case "float32": return put(values, table { Float($0).bitPattern })
    case "float64": return put(values, table { Double($0).bitPattern })
    default: throw unsupported(spec)
    }
  }

  /// Bring three bytes a pixel into three planes.
  private static func planes(_ picture: Picture) -> [UInt8] {
    let count = picture.rgb.count / 3
    return [UInt8](unsafeUninitializedCapacity: 3 * count) { made, size in
      picture.rgb.withUnsafeBufferPointer { rgb in
        for channel in 0..<3 {
          for place in 0..<count { made[channel * count + place] = rgb[3 * place + channel] }
        }
      }
      size = 3 * count
    }
  }

  /// What each of the 256 values becomes; one table serves all pixels.
  private static func table<Bits: FixedWidthInteger>(_ bits: (UInt8) -> Bits) -> [Bits] {
    (0...255).map { bits($0).littleEndian }
  }

  private static func put<Bits: FixedWidthInteger>(_ values: [UInt8], _ table: [Bits]) -> [UInt8] {
    let width = MemoryLayout<Bits>.size
    return [UInt8](unsafeUninitializedCapacity: width * values.count) { made, size in
      let memory = UnsafeMutableRawBufferPointer(made)
      table.withUnsafeBufferPointer { table in
        for (place, value) in values.enumerated() {
          memory.storeBytes(of: table[Int(value)], toByteOffset: width * place, as: Bits.self)
        }
      }
      size = width * values.count
    }
  }

  /// Scale in single precision, halves to even, cut to the type's range.
  private static func quantised(_ spec: TensorSpec, _ scale: Float) throws -> [UInt8] {
    let range: ClosedRange<Double>
    switch spec.dtype {
    case "int8": range = -128...127
    case "uint8": range = 0...255
    default: throw unsupported(spec)
    }
    let zero = Double(spec.zeroPoint ?? 0)
    return table { value in
      let steps = Double((Float(value) / scale).rounded(.toNearestOrEven))
      let moved = (steps.isNaN ? 0 : steps) + zero
      return UInt8(truncatingIfNeeded: Int(min(max(moved, range.lowerBound), range.upperBound)))
    }
  }

  private static func unsupported(_ spec: TensorSpec) -> DataRefused {
    DataRefused(.unsupported, "\(spec.name) is of \(spec.dtype), which no photo is put into here")
  }
}
