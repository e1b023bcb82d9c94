// A stand-in for Apple's module SwiftUI: going from screen to screen, and what lies over one.

// doc: https://developer.apple.com/documentation/swiftui/navigationstack
public struct NavigationStack<Root: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/navigationstack/init(root:)
  public init(@ViewBuilder root: () -> Root) {}
  // doc: https://developer.apple.com/documentation/swiftui/navigationstack/init(path:root:)
  public init<Data: MutableCollection & RandomAccessCollection & RangeReplaceableCollection>(
    path: Binding<Data>, @ViewBuilder root: () -> Root
  ) where Data.Element: Hashable {}
}

// doc: https://developer.apple.com/documentation/swiftui/navigationlink
public struct NavigationLink<Label: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/navigationlink/init(value:label:)
  public init<P: Hashable>(value: P?, @ViewBuilder label: () -> Label) {}
}

extension NavigationLink where Label == Text {
  // doc: https://developer.apple.com/documentation/swiftui/navigationlink/init(_:value:)
  public init<P: Hashable>(_ titleKey: LocalizedStringKey, value: P?) { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/toolbarcontent
public protocol ToolbarContent {}
// doc: https://developer.apple.com/documentation/swiftui/toolbaritem
public struct ToolbarItem<Content: View>: ToolbarContent {
  // doc: https://developer.apple.com/documentation/swiftui/toolbaritem/init(placement:content:)
  public init(placement: ToolbarItemPlacement, @ViewBuilder content: () -> Content) {}
}

// doc: https://developer.apple.com/documentation/swiftui/toolbaritemplacement
public struct ToolbarItemPlacement {
  // doc: https://developer.apple.com/documentation/swiftui/toolbaritemplacement/primaryaction
  public static let primaryAction = ToolbarItemPlacement()
}

// doc: https://developer.apple.com/documentation/swiftui/toolbarcontentbuilder
@resultBuilder
public struct ToolbarContentBuilder {
  // doc: https://developer.apple.com/documentation/swiftui/toolbarcontentbuilder/buildblock(_:)
  public static func buildBlock<Content: ToolbarContent>(_ content: Content) -> Content { content }
}

// doc: https://developer.apple.com/documentation/swiftui/visibility
public enum Visibility: Sendable {
  // doc: https://developer.apple.com/documentation/swiftui/visibility/automatic
  case automatic
  // doc: https://developer.apple.com/documentation/swiftui/visibility/visible
  case visible
  // doc: https://developer.apple.com/documentation/swiftui/visibility/hidden
  case hidden
}

extension View {
  // doc: https://developer.apple.com/documentation/swiftui/view/navigationtitle(_:)
  public func navigationTitle(_ titleKey: LocalizedStringKey) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/navigationtitle(_:)
  @_disfavoredOverload public func navigationTitle<S: StringProtocol>(_ title: S) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/navigationdestination(for:destination:)
  public func navigationDestination<D: Hashable, C: View>(
    for data: D.Type, @ViewBuilder destination: @escaping (D) -> C
  ) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/toolbar(content:)
  public func toolbar<Content: ToolbarContent>(@ToolbarContentBuilder content: () -> Content) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/fullscreencover(ispresented:ondismiss:content:)
  public func fullScreenCover<Content: View>(
    isPresented: Binding<Bool>, onDismiss: (() -> Void)? = nil, @ViewBuilder content: @escaping () -> Content
  ) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/interactivedismissdisabled(_:)
  public func interactiveDismissDisabled(_ isDisabled: Bool = true) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/alert(_:ispresented:actions:message:)
  public func alert<A: View, M: View>(
    _ titleKey: LocalizedStringKey, isPresented: Binding<Bool>, @ViewBuilder actions: () -> A,
    @ViewBuilder message: () -> M
  ) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/confirmationdialog(_:ispresented:titlevisibility:actions:message:)
  public func confirmationDialog<A: View, M: View>(
    _ titleKey: LocalizedStringKey, isPresented: Binding<Bool>, titleVisibility: Visibility = .automatic,
    @ViewBuilder actions: () -> A, @ViewBuilder message: () -> M
  ) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/fileimporter(ispresented:allowedcontenttypes:oncompletion:)
  public func fileImporter(
    isPresented: Binding<Bool>, allowedContentTypes: [UTType],
    onCompletion: @escaping (_ result: Result<URL, any Error>) -> Void
  ) -> some View { self }
}
