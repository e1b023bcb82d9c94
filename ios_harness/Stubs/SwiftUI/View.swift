// A stand-in for Apple's module SwiftUI: what the app uses of it, written by hand from its pages. This file: views.

@_exported import CoreGraphics
@_exported import Foundation
@_exported import FoundationOnApple
@_exported import UniformTypeIdentifiers

// doc: https://developer.apple.com/documentation/swiftui/view
public protocol View {
  // doc: https://developer.apple.com/documentation/swiftui/view/body-swift.associatedtype
  associatedtype Body: View
  // doc: https://developer.apple.com/documentation/swiftui/view/body-8kl5o
  @ViewBuilder @MainActor var body: Body { get }
}

extension Never: View {
  // doc: https://developer.apple.com/documentation/swiftui/view/body-8kl5o
  public var body: Never { stub() }
}

// harness: what all views of these stand-ins share
public protocol StandIn: View where Body == Never {}
extension StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/view/body-8kl5o
  public var body: Never { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/emptyview
public struct EmptyView: StandIn {
  // doc: https://developer.apple.com/documentation/swiftui/emptyview/init()
  public init() {}
}

// doc: https://developer.apple.com/documentation/swiftui/tupleview
public struct TupleView<T>: StandIn {}

// harness: what an `if` gives
public struct ConditionalContent<First: View, Second: View>: StandIn {}

extension Optional: View where Wrapped: View {
  // doc: https://developer.apple.com/documentation/swiftui/view/body-8kl5o
  public var body: Never { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/viewbuilder
@resultBuilder
public struct ViewBuilder {
  // doc: https://developer.apple.com/documentation/swiftui/viewbuilder/buildexpression(_:)
  public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
  // doc: https://developer.apple.com/documentation/swiftui/viewbuilder/buildblock()
  public static func buildBlock() -> EmptyView { EmptyView() }
  // doc: https://developer.apple.com/documentation/swiftui/viewbuilder/buildblock(_:)
  public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
  // doc: https://developer.apple.com/documentation/swiftui/viewbuilder/buildblock(_:)
  public static func buildBlock<each Content: View>(_ content: repeat each Content) -> TupleView<(repeat each Content)>
  {
    stub()
  }
  // doc: https://developer.apple.com/documentation/swiftui/viewbuilder/buildif(_:)
  public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
  // doc: https://developer.apple.com/documentation/swiftui/viewbuilder/buildeither(first:)
  public static func buildEither<First: View, Second: View>(first: First) -> ConditionalContent<First, Second> {
    stub()
  }
  // doc: https://developer.apple.com/documentation/swiftui/viewbuilder/buildeither(second:)
  public static func buildEither<First: View, Second: View>(second: Second) -> ConditionalContent<First, Second> {
    stub()
  }
}

// doc: https://developer.apple.com/documentation/swiftui/app
public protocol App {
  // doc: https://developer.apple.com/documentation/swiftui/app/body-swift.associatedtype
  associatedtype Body: Scene
  // doc: https://developer.apple.com/documentation/swiftui/app/body-swift.property
  @SceneBuilder @MainActor var body: Body { get }
  // doc: https://developer.apple.com/documentation/swiftui/app/init()
  @MainActor init()
}

extension App {
  // doc: https://developer.apple.com/documentation/swiftui/app/main()
  @MainActor public static func main() { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/scene
public protocol Scene {
  // doc: https://developer.apple.com/documentation/swiftui/scene/body-swift.associatedtype
  associatedtype Body: Scene
  // doc: https://developer.apple.com/documentation/swiftui/scene/body-swift.property
  @SceneBuilder @MainActor var body: Body { get }
}

extension Never: Scene {}

// doc: https://developer.apple.com/documentation/swiftui/scenebuilder
@resultBuilder
public struct SceneBuilder {
  // doc: https://developer.apple.com/documentation/swiftui/scenebuilder/buildblock(_:)
  public static func buildBlock<Content: Scene>(_ content: Content) -> Content { content }
}

// doc: https://developer.apple.com/documentation/swiftui/windowgroup
public struct WindowGroup<Content: View>: Scene {
  // doc: https://developer.apple.com/documentation/swiftui/windowgroup/init(content:)
  public init(@ViewBuilder content: () -> Content) { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/scene/body-swift.property
  public var body: Never { stub() }
}
