// A stand-in for Apple's module SwiftUI: shapes.

// doc: https://developer.apple.com/documentation/swiftui/shape
public protocol Shape: View {}

extension Shape {
  // doc: https://developer.apple.com/documentation/swiftui/shape/fill(_:style:)
  public func fill<S: ShapeStyle>(_ content: S) -> some View { self }
}

// doc: https://developer.apple.com/documentation/swiftui/circle
public struct Circle: Shape, StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/circle/init()
  public init() {}
}

// doc: https://developer.apple.com/documentation/swiftui/rectangle
public struct Rectangle: Shape, StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/rectangle/init()
  public init() {}
}

// doc: https://developer.apple.com/documentation/swiftui/roundedrectangle
public struct RoundedRectangle: Shape, StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/roundedrectangle/init(cornerradius:style:)
  public init(cornerRadius: CGFloat) {}
}
