// A stand-in for Apple's module SwiftUI: what holds other views.

// doc: https://developer.apple.com/documentation/swiftui/group
public struct Group<Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/group/init(content:)
  public init(@ViewBuilder content: () -> Content) {}
}

// doc: https://developer.apple.com/documentation/swiftui/list
public struct List<Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/list/init(content:)
  public init(@ViewBuilder content: () -> Content) {}
}

// doc: https://developer.apple.com/documentation/swiftui/section
public struct Section<Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/section/init(content:)
  public init(@ViewBuilder content: () -> Content) {}
  // doc: https://developer.apple.com/documentation/swiftui/section/init(_:content:)
  public init(_ titleKey: LocalizedStringKey, @ViewBuilder content: () -> Content) {}
}

// doc: https://developer.apple.com/documentation/swiftui/foreach
public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/foreach/init(_:id:content:)
  public init(_ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> Content) {}
  // doc: https://developer.apple.com/documentation/swiftui/dynamicviewcontent/ondelete(perform:)
  public func onDelete(perform action: ((IndexSet) -> Void)?) -> some View { self }
}

// doc: https://developer.apple.com/documentation/swiftui/vstack
public struct VStack<Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/vstack/init(alignment:spacing:content:)
  public init(
    alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
  ) {}
}

// doc: https://developer.apple.com/documentation/swiftui/hstack
public struct HStack<Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/hstack/init(alignment:spacing:content:)
  public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}

// doc: https://developer.apple.com/documentation/swiftui/lazyhstack
public struct LazyHStack<Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/lazyhstack/init(alignment:spacing:pinnedviews:content:)
  public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}

// doc: https://developer.apple.com/documentation/swiftui/horizontalalignment
public struct HorizontalAlignment: Sendable {
  // doc: https://developer.apple.com/documentation/swiftui/horizontalalignment/leading
  public static let leading = HorizontalAlignment()
  // doc: https://developer.apple.com/documentation/swiftui/horizontalalignment/center
  public static let center = HorizontalAlignment()
}

// doc: https://developer.apple.com/documentation/swiftui/verticalalignment
public struct VerticalAlignment: Sendable {
  // doc: https://developer.apple.com/documentation/swiftui/verticalalignment/center
  public static let center = VerticalAlignment()
}

// doc: https://developer.apple.com/documentation/swiftui/alignment
public struct Alignment: Sendable {
  // doc: https://developer.apple.com/documentation/swiftui/alignment/center
  public static let center = Alignment()
}

// doc: https://developer.apple.com/documentation/swiftui/axis
public enum Axis: Sendable {
  // doc: https://developer.apple.com/documentation/swiftui/axis/horizontal
  case horizontal
  // doc: https://developer.apple.com/documentation/swiftui/axis/vertical
  case vertical

  // doc: https://developer.apple.com/documentation/swiftui/axis/set
  public struct Set: OptionSet, Sendable {
    // doc: https://developer.apple.com/documentation/swift/optionset
    public let rawValue: Int8
    // doc: https://developer.apple.com/documentation/swift/optionset
    public init(rawValue: Int8) { self.rawValue = rawValue }
    // doc: https://developer.apple.com/documentation/swiftui/axis/set/horizontal
    public static let horizontal = Set(rawValue: 1)
    // doc: https://developer.apple.com/documentation/swiftui/axis/set/vertical
    public static let vertical = Set(rawValue: 2)
  }
}

// doc: https://developer.apple.com/documentation/swiftui/scrollview
public struct ScrollView<Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/scrollview/init(_:showsindicators:content:)
  public init(_ axes: Axis.Set = .vertical, @ViewBuilder content: () -> Content) {}
}

// doc: https://developer.apple.com/documentation/swiftui/disclosuregroup
public struct DisclosureGroup<Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/disclosuregroup/init(_:content:)
  public init(_ titleKey: LocalizedStringKey, @ViewBuilder content: @escaping () -> Content) {}
}

// doc: https://developer.apple.com/documentation/swiftui/geometryreader
public struct GeometryReader<Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/geometryreader/init(content:)
  public init(@ViewBuilder content: @escaping (GeometryProxy) -> Content) {}
}

// doc: https://developer.apple.com/documentation/swiftui/geometryproxy
public struct GeometryProxy {
  // doc: https://developer.apple.com/documentation/swiftui/geometryproxy/size
  public var size: CGSize { stub() }
}
