// A stand-in for Apple's module SwiftUI: how views look, and what they do as they come, change and go.

// doc: https://developer.apple.com/documentation/swiftui/contentmode
public enum ContentMode: Sendable {
  // doc: https://developer.apple.com/documentation/swiftui/contentmode/fit
  case fit
  // doc: https://developer.apple.com/documentation/swiftui/contentmode/fill
  case fill
}

// doc: https://developer.apple.com/documentation/swiftui/textselectability
public protocol TextSelectability {}
// doc: https://developer.apple.com/documentation/swiftui/enabledtextselectability
public struct EnabledTextSelectability: TextSelectability {}

extension TextSelectability where Self == EnabledTextSelectability {
  // doc: https://developer.apple.com/documentation/swiftui/textselectability/enabled
  public static var enabled: Self { stub() }
}

extension View {
  // doc: https://developer.apple.com/documentation/swiftui/view/font(_:)
  public func font(_ font: Font?) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/monospaceddigit()
  public func monospacedDigit() -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/textselection(_:)
  public func textSelection<S: TextSelectability>(_ selectability: S) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/foregroundstyle(_:)
  public func foregroundStyle<S: ShapeStyle>(_ style: S) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/buttonstyle(_:)
  public func buttonStyle<S: PrimitiveButtonStyle>(_ style: S) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/pickerstyle(_:)
  public func pickerStyle<S: PickerStyle>(_ style: S) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/disabled(_:)
  public func disabled(_ disabled: Bool) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/tag(_:)
  public func tag<V: Hashable>(_ tag: V) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/frame(width:height:alignment:)
  public func frame(width: CGFloat? = nil, height: CGFloat? = nil, alignment: Alignment = .center) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/aspectratio(_:contentmode:)
  public func aspectRatio(_ aspectRatio: CGFloat? = nil, contentMode: ContentMode) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/clipped(antialiased:)
  public func clipped() -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/clipshape(_:style:)
  public func clipShape<S: Shape>(_ shape: S) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/background(_:in:fillstyle:)
  public func background<S: ShapeStyle, T: Shape>(_ style: S, in shape: T) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/overlay(alignment:content:)
  public func overlay<V: View>(alignment: Alignment = .center, @ViewBuilder content: () -> V) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/mask(alignment:_:)
  public func mask<M: View>(alignment: Alignment = .center, @ViewBuilder _ mask: () -> M) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/offset(x:y:)
  public func offset(x: CGFloat = 0, y: CGFloat = 0) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/opacity(_:)
  public func opacity(_ opacity: Double) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/environmentobject(_:)
  public func environmentObject<T: ObservableObject>(_ object: T) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/onappear(perform:)
  public func onAppear(perform action: (() -> Void)? = nil) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/ondisappear(perform:)
  public func onDisappear(perform action: (() -> Void)? = nil) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/onopenurl(perform:)
  public func onOpenURL(perform action: @escaping (URL) -> Void) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/onchange(of:initial:_:)
  public func onChange<V: Equatable>(of value: V, initial: Bool = false, _ action: @escaping () -> Void) -> some View {
    self
  }
  // doc: https://developer.apple.com/documentation/swiftui/view/task(priority:_:)
  public func task(
    priority: TaskPriority = .userInitiated, @_inheritActorContext _ action: @escaping @Sendable () async -> Void
  ) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/task(id:priority:_:)
  public func task<T: Equatable>(
    id value: T, priority: TaskPriority = .userInitiated,
    @_inheritActorContext _ action: @escaping @Sendable () async -> Void
  ) -> some View { self }
  // doc: https://developer.apple.com/documentation/swiftui/view/refreshable(action:)
  public func refreshable(@_inheritActorContext action: @escaping @Sendable () async -> Void) -> some View { self }
}
