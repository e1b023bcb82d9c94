/// Reads an output's memory as what the manifest says it is.
extension RawOutput {
  /// Find the manifest's output by its name, else by type and shape if just one fits. Throws `DataRefused`.
  public static func chosen(_ outputs: [RawOutput], _ wanted: TensorSpec) throws -> RawOutput {
    let named = outputs.filter { Texts.areSame($0.name, wanted.name) }
    let own = named.isEmpty ? outputs.filter { $0.dtype == wanted.dtype && $0.shape == wanted.shape } : named
    guard own.count == 1, let found = own.first else {
      throw DataRefused(.noSuchOutput, "the file gives no output \(wanted.name)")
    }
    let isOwn =
      found.dtype == wanted.dtype && found.shape == wanted.shape && found.scale == wanted.scale
      && found.zeroPoint == wanted.zeroPoint
    guard isOwn else { throw DataRefused(.otherTensor, "\(found.name) is not as the manifest says it") }
    return found
  }

  /// Read scores, C planes of H x W, and how many of them are not finite. Throws `DataRefused`.
  public func scores(_ wanted: TensorSpec, classes: Int) throws -> Scores {
    guard let layout = Layout(wanted), wanted.shape[0] == 1, let count = Sizes.count(wanted.shape) else {
      throw DataRefused(.unsupported, "\(name) has no planes of scores")
    }
    guard layout.channels == classes else {
      throw DataRefused(.classesNotChannels, "\(name) has \(layout.channels) channels for its classes")
    }
    let type = try checkedType(wanted)
    let steps = (stridesBytes[layout.channelAxis], stridesBytes[layout.rowAxis], stridesBytes[layout.columnAxis])
    let scale = wanted.scale.map { Double(Float($0)) }
    let zero = Double(wanted.zeroPoint ?? 0)
    var notFinite = 0
    let values = [Float](unsafeUninitializedCapacity: count) { made, size in
      memory.withUnsafeBytes { memory in
        var place = 0
        for channel in 0..<classes {
          for row in 0..<layout.heightPx {
            var at = channel &* steps.0 &+ row &* steps.1
            for _ in 0..<layout.widthPx {
              let read = type.number(memory, at)
              let value = Float(scale.map { (read - zero) * $0 } ?? read)
              if !value.isFinite { notFinite += 1 }
              made[place] = value
              place += 1
              at &+= steps.2
            }
          }
        }
      }
      size = count
    }
    return Scores(
      classes: classes, heightPx: layout.heightPx, widthPx: layout.widthPx, values: values, notFinite: notFinite)
  }

  /// Read a class map. Throws `DataRefused` where a value is none of the classes.
  public func classMap(_ wanted: TensorSpec, classes: Int) throws -> ClassMap {
    guard wanted.shape.count == 3, wanted.shape[0] == 1, let count = Sizes.count(wanted.shape) else {
      throw DataRefused(.unsupported, "\(name) has no plane of classes")
    }
    let type = try checkedType(wanted)
    let (height, width) = (wanted.shape[1], wanted.shape[2])
    let known = 0..<min(classes, 256)
    var stranger: Int?
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { made, size in
      memory.withUnsafeBytes { memory in
        for row in 0..<height {
          for column in 0..<width {
            let value = type.whole(memory, row &* stridesBytes[1] &+ column &* stridesBytes[2])
            if !known.contains(value), stranger == nil { stranger = value }
            made[row * width + column] = UInt8(truncatingIfNeeded: value)
          }
        }
      }
      size = count
    }
    if let stranger {
      throw DataRefused(.noSuchClass, "\(name) gives class \(stranger) of \(classes) classes")
    }
    return try ClassMap(heightPx: height, widthPx: width, pixels: pixels)
  }

  /// Know the type, and that every number that the manifest says lies within the memory.
  private func checkedType(_ wanted: TensorSpec) throws -> ElementType {
    guard let type = ElementType.named(dtype) else {
      throw DataRefused(.unsupported, "\(name) is of \(dtype), which is not read here")
    }
    guard shape == wanted.shape else { throw DataRefused(.otherTensor, "\(name) is not as the manifest says it") }
    let isWithin = Sizes.areWithin(
      limit: memory.count, shape: shape, stridesBytes: stridesBytes, sizeBytes: type.sizeBytes)
    guard isWithin else { throw DataRefused(.beyondMemory, "\(name) is larger than its memory") }
    return type
  }
}
