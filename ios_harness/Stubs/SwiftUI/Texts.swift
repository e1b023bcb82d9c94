// A stand-in for Apple's module SwiftUI: texts, pictures, colours and letters.

// doc: https://developer.apple.com/documentation/swiftui/localizedstringkey
public struct LocalizedStringKey: ExpressibleByStringInterpolation {
  // doc: https://developer.apple.com/documentation/swiftui/localizedstringkey/init(stringliteral:)
  public init(stringLiteral value: String) {}
}

// doc: https://developer.apple.com/documentation/swiftui/text
public struct Text: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/text/init(_:tablename:bundle:comment:)
  public init(_ key: LocalizedStringKey) {}
  // doc: https://developer.apple.com/documentation/swiftui/text/init(_:)
  @_disfavoredOverload public init<S: StringProtocol>(_ content: S) {}
  // doc: https://developer.apple.com/documentation/swiftui/text/init(verbatim:)
  public init(verbatim content: String) {}
  // doc: https://developer.apple.com/documentation/swiftui/text/font(_:)
  public func font(_ font: Font?) -> Text { self }
  // doc: https://developer.apple.com/documentation/swiftui/text/monospaceddigit()
  public func monospacedDigit() -> Text { self }
}

// doc: https://developer.apple.com/documentation/swiftui/label
public struct Label<Title: View, Icon: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/label/init(title:icon:)
  public init(@ViewBuilder title: () -> Title, @ViewBuilder icon: () -> Icon) {}
}

// doc: https://developer.apple.com/documentation/swiftui/image
public struct Image: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/image/interpolation
  public enum Interpolation: Sendable {
    // doc: https://developer.apple.com/documentation/swiftui/image/interpolation/none
    case none
    // doc: https://developer.apple.com/documentation/swiftui/image/interpolation/low
    case low
    // doc: https://developer.apple.com/documentation/swiftui/image/interpolation/medium
    case medium
    // doc: https://developer.apple.com/documentation/swiftui/image/interpolation/high
    case high
  }

  // doc: https://developer.apple.com/documentation/swiftui/image/init(systemname:)
  public init(systemName: String) {}
  // doc: https://developer.apple.com/documentation/swiftui/image/init(decorative:scale:orientation:)
  public init(decorative cgImage: CGImage, scale: CGFloat) {}
  // doc: https://developer.apple.com/documentation/swiftui/image/resizable(capinsets:resizingmode:)
  public func resizable() -> Image { self }
  // doc: https://developer.apple.com/documentation/swiftui/image/interpolation(_:)
  public func interpolation(_ interpolation: Interpolation) -> Image { self }
}

// doc: https://developer.apple.com/documentation/swiftui/shapestyle
public protocol ShapeStyle {}

// doc: https://developer.apple.com/documentation/swiftui/color
// swift-format-ignore: DontRepeatTypeInStaticProperties
public struct Color: StandIn, ShapeStyle, Sendable {
  // doc: https://developer.apple.com/documentation/swiftui/color/init(_:bundle:)
  public init(_ name: String) {}
  // doc: https://developer.apple.com/documentation/swiftui/color/init(_:red:green:blue:opacity:)
  public init(red: Double, green: Double, blue: Double) {}
  // doc: https://developer.apple.com/documentation/swiftui/color/accentcolor
  public static var accentColor: Color { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/color/secondary
  public static let secondary = Color("")
  // doc: https://developer.apple.com/documentation/swiftui/color/clear
  public static let clear = Color("")
  // doc: https://developer.apple.com/documentation/swiftui/color/white
  public static let white = Color("")
  // doc: https://developer.apple.com/documentation/swiftui/color/opacity(_:)
  public func opacity(_ opacity: Double) -> Color { self }
}

// doc: https://developer.apple.com/documentation/swiftui/hierarchicalshapestyle
public struct HierarchicalShapeStyle: ShapeStyle {}

extension ShapeStyle where Self == HierarchicalShapeStyle {
  // doc: https://developer.apple.com/documentation/swiftui/shapestyle/secondary
  public static var secondary: HierarchicalShapeStyle { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/font
public struct Font: Sendable {
  // doc: https://developer.apple.com/documentation/swiftui/font/textstyle
  public enum TextStyle: Sendable {
    // doc: https://developer.apple.com/documentation/swiftui/font/textstyle/footnote
    case footnote
  }

  // doc: https://developer.apple.com/documentation/swiftui/font/design
  public enum Design: Sendable {
    // doc: https://developer.apple.com/documentation/swiftui/font/design/monospaced
    case monospaced
  }

  // doc: https://developer.apple.com/documentation/swiftui/font/system(_:design:weight:)
  public static func system(_ style: TextStyle, design: Design? = nil) -> Font { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/font/headline
  public static let headline = Font()
  // doc: https://developer.apple.com/documentation/swiftui/font/subheadline
  public static let subheadline = Font()
  // doc: https://developer.apple.com/documentation/swiftui/font/title2
  public static let title2 = Font()
  // doc: https://developer.apple.com/documentation/swiftui/font/monospaceddigit()
  public func monospacedDigit() -> Font { self }
}
