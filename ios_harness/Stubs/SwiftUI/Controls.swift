// A stand-in for Apple's module SwiftUI: what a person presses, moves and reads.

// doc: https://developer.apple.com/documentation/swiftui/button
public struct Button<Label: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/button/init(action:label:)
  public init(action: @escaping () -> Void, @ViewBuilder label: () -> Label) {}
}

extension Button where Label == Text {
  // doc: https://developer.apple.com/documentation/swiftui/button/init(_:action:)
  public init(_ titleKey: LocalizedStringKey, action: @escaping () -> Void) { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/button/init(_:role:action:)
  public init(_ titleKey: LocalizedStringKey, role: ButtonRole?, action: @escaping () -> Void) { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/button/init(_:role:action:)
  @_disfavoredOverload
  public init<S: StringProtocol>(_ title: S, role: ButtonRole?, action: @escaping () -> Void) { stub() }
}

extension Button where Label == SwiftUI.Label<Text, Image> {
  // doc: https://developer.apple.com/documentation/swiftui/button/init(_:systemimage:action:)
  public init(_ titleKey: LocalizedStringKey, systemImage: String, action: @escaping () -> Void) { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/buttonrole
public struct ButtonRole: Equatable, Sendable {
  // doc: https://developer.apple.com/documentation/swiftui/buttonrole/destructive
  public static let destructive = ButtonRole()
  // doc: https://developer.apple.com/documentation/swiftui/buttonrole/cancel
  public static let cancel = ButtonRole()
}

// doc: https://developer.apple.com/documentation/swiftui/primitivebuttonstyle
public protocol PrimitiveButtonStyle {}
// doc: https://developer.apple.com/documentation/swiftui/borderedprominentbuttonstyle
public struct BorderedProminentButtonStyle: PrimitiveButtonStyle {}
// doc: https://developer.apple.com/documentation/swiftui/borderedbuttonstyle
public struct BorderedButtonStyle: PrimitiveButtonStyle {}
// doc: https://developer.apple.com/documentation/swiftui/plainbuttonstyle
public struct PlainButtonStyle: PrimitiveButtonStyle {}

extension PrimitiveButtonStyle where Self == BorderedProminentButtonStyle {
  // doc: https://developer.apple.com/documentation/swiftui/primitivebuttonstyle/borderedprominent
  public static var borderedProminent: Self { stub() }
}

extension PrimitiveButtonStyle where Self == BorderedButtonStyle {
  // doc: https://developer.apple.com/documentation/swiftui/primitivebuttonstyle/bordered
  public static var bordered: Self { stub() }
}

extension PrimitiveButtonStyle where Self == PlainButtonStyle {
  // doc: https://developer.apple.com/documentation/swiftui/primitivebuttonstyle/plain
  public static var plain: Self { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/toggle
public struct Toggle: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/toggle/init(_:ison:)
  public init(_ titleKey: LocalizedStringKey, isOn: Binding<Bool>) {}
}

// doc: https://developer.apple.com/documentation/swiftui/slider
public struct Slider: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/slider/init(value:in:oneditingchanged:)
  public init<V: BinaryFloatingPoint>(value: Binding<V>, in bounds: ClosedRange<V> = 0...1)
  where V.Stride: BinaryFloatingPoint {}
}

// doc: https://developer.apple.com/documentation/swiftui/stepper
public struct Stepper: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/stepper/init(_:value:in:step:oneditingchanged:)
  public init<V: Strideable>(_ titleKey: LocalizedStringKey, value: Binding<V>, in bounds: ClosedRange<V>) {}
}

// doc: https://developer.apple.com/documentation/swiftui/picker
public struct Picker<SelectionValue: Hashable, Content: View>: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/picker/init(_:selection:content:)
  public init(
    _ titleKey: LocalizedStringKey, selection: Binding<SelectionValue>, @ViewBuilder content: () -> Content
  ) {}
}

// doc: https://developer.apple.com/documentation/swiftui/pickerstyle
public protocol PickerStyle {}
// doc: https://developer.apple.com/documentation/swiftui/segmentedpickerstyle
public struct SegmentedPickerStyle: PickerStyle {}

extension PickerStyle where Self == SegmentedPickerStyle {
  // doc: https://developer.apple.com/documentation/swiftui/pickerstyle/segmented
  public static var segmented: Self { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/progressview
public struct ProgressView<Label: View>: StandIn {}

extension ProgressView where Label == EmptyView {
  // doc: https://developer.apple.com/documentation/swiftui/progressview/init()
  public init() { stub() }
}

extension ProgressView where Label == Text {
  // doc: https://developer.apple.com/documentation/swiftui/progressview/init(_:)
  public init(_ titleKey: LocalizedStringKey) { stub() }
}

extension ProgressView {
  // doc: https://developer.apple.com/documentation/swiftui/progressview/init(value:total:label:)
  public init<V: BinaryFloatingPoint>(value: V?, total: V = 1.0, @ViewBuilder label: () -> Label) { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/labeledcontent
public struct LabeledContent: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/labeledcontent/init(_:value:)
  public init<S1: StringProtocol, S2: StringProtocol>(_ title: S1, value: S2) {}
}

// doc: https://developer.apple.com/documentation/swiftui/sharelink
public struct ShareLink: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/sharelink/init(_:item:subject:message:)
  public init(_ titleKey: LocalizedStringKey, item: URL) {}
}
