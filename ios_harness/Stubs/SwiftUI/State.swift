// A stand-in for Apple's module SwiftUI, and for what it re-exports of Combine: what views watch.

// doc: https://developer.apple.com/documentation/combine/observableobject
public protocol ObservableObject: AnyObject {}

// doc: https://developer.apple.com/documentation/combine/published
@propertyWrapper
public struct Published<Value> {
  // doc: https://developer.apple.com/documentation/combine/published/init(wrappedvalue:)
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
  // doc: https://developer.apple.com/documentation/combine/published
  public var wrappedValue: Value
}

// doc: https://developer.apple.com/documentation/swiftui/binding
@propertyWrapper
@dynamicMemberLookup
public struct Binding<Value> {
  // doc: https://developer.apple.com/documentation/swiftui/binding/init(get:set:)
  public init(get: @escaping () -> Value, set: @escaping (Value) -> Void) { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/binding/wrappedvalue
  public var wrappedValue: Value {
    get { stub() }
    nonmutating set { stub() }
  }
  // doc: https://developer.apple.com/documentation/swiftui/binding/projectedvalue
  public var projectedValue: Binding<Value> { self }
  // doc: https://developer.apple.com/documentation/swiftui/binding/subscript(dynamicmember:)
  public subscript<Subject>(dynamicMember keyPath: WritableKeyPath<Value, Subject>) -> Binding<Subject> { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/state
@propertyWrapper
public struct State<Value> {
  // doc: https://developer.apple.com/documentation/swiftui/state/init(wrappedvalue:)
  public init(wrappedValue value: Value) { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/state/wrappedvalue
  public var wrappedValue: Value {
    get { stub() }
    nonmutating set { stub() }
  }
  // doc: https://developer.apple.com/documentation/swiftui/state/projectedvalue
  public var projectedValue: Binding<Value> { stub() }
}

extension State where Value: ExpressibleByNilLiteral {
  // doc: https://developer.apple.com/documentation/swiftui/state/init()
  public init() { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/observedobject/wrapper
@dynamicMemberLookup
public struct ObservedWrapper<ObjectType: ObservableObject> {
  // doc: https://developer.apple.com/documentation/swiftui/observedobject/wrapper/subscript(dynamicmember:)
  public subscript<Subject>(dynamicMember keyPath: ReferenceWritableKeyPath<ObjectType, Subject>) -> Binding<Subject> {
    stub()
  }
}

// doc: https://developer.apple.com/documentation/swiftui/stateobject
@propertyWrapper
public struct StateObject<ObjectType: ObservableObject> {
  // doc: https://developer.apple.com/documentation/swiftui/stateobject/init(wrappedvalue:)
  public init(wrappedValue thunk: @autoclosure @escaping () -> ObjectType) { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/stateobject/wrappedvalue
  @MainActor public var wrappedValue: ObjectType { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/stateobject/projectedvalue
  @MainActor public var projectedValue: ObservedWrapper<ObjectType> { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/environmentobject
@propertyWrapper
public struct EnvironmentObject<ObjectType: ObservableObject> {
  // doc: https://developer.apple.com/documentation/swiftui/environmentobject/init()
  public init() { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/environmentobject/wrappedvalue
  @MainActor public var wrappedValue: ObjectType { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/environmentobject/projectedvalue
  @MainActor public var projectedValue: ObservedWrapper<ObjectType> { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/environment
@propertyWrapper
public struct Environment<Value> {
  // doc: https://developer.apple.com/documentation/swiftui/environment/init(_:)
  public init(_ keyPath: KeyPath<EnvironmentValues, Value>) { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/environment/wrappedvalue
  public var wrappedValue: Value { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/environmentvalues
public struct EnvironmentValues {
  // doc: https://developer.apple.com/documentation/swiftui/environmentvalues/scenephase
  public var scenePhase: ScenePhase { stub() }
  // doc: https://developer.apple.com/documentation/swiftui/environmentvalues/openurl
  public var openURL: OpenURLAction { stub() }
}

// doc: https://developer.apple.com/documentation/swiftui/scenephase
public enum ScenePhase: Comparable {
  // doc: https://developer.apple.com/documentation/swiftui/scenephase/background
  case background
  // doc: https://developer.apple.com/documentation/swiftui/scenephase/inactive
  case inactive
  // doc: https://developer.apple.com/documentation/swiftui/scenephase/active
  case active
}

// doc: https://developer.apple.com/documentation/swiftui/openurlaction
public struct OpenURLAction {
  // doc: https://developer.apple.com/documentation/swiftui/openurlaction/callasfunction(_:)
  @MainActor public func callAsFunction(_ url: URL) { stub() }
}
