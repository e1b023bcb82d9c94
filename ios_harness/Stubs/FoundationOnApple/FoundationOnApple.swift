// What Foundation has on Apple's systems and lacks on Linux. Modules that re-export Foundation re-export this too.

@_exported import Foundation

// harness: every stand-in's body; nothing of these modules ever runs
public func stub(_ name: StaticString = #function) -> Never { fatalError("\(name) is a stand-in") }

// doc: https://developer.apple.com/documentation/corefoundation/cfstring
public typealias CFString = String
// doc: https://developer.apple.com/documentation/corefoundation/cfurl
public typealias CFURL = URL
// doc: https://developer.apple.com/documentation/corefoundation/cfdata
public typealias CFData = Data
// doc: https://developer.apple.com/documentation/corefoundation/cfdictionary
public typealias CFDictionary = [AnyHashable: Any]
// doc: https://developer.apple.com/documentation/corefoundation/cfallocator
public final class CFAllocator {}
// doc: https://developer.apple.com/documentation/kernel/ostype
public typealias OSType = UInt32

// doc: https://developer.apple.com/documentation/objectivec/autoreleasepool(invoking:)
public func autoreleasepool<Result>(invoking body: () throws -> Result) rethrows -> Result { try body() }

extension ProcessInfo {
  // objc: @enum NSProcessInfoThermalState
  public enum ThermalState: Int, Sendable {
    // objc: @enum NSProcessInfoThermalState.Nominal
    case nominal = 0
    // objc: @enum NSProcessInfoThermalState.Fair
    case fair = 1
    // objc: @enum NSProcessInfoThermalState.Serious
    case serious = 2
    // objc: @enum NSProcessInfoThermalState.Critical
    case critical = 3
  }

  // objc: @property NSProcessInfo.thermalState
  public var thermalState: ThermalState { stub() }
  // objc: @property NSProcessInfo.lowPowerModeEnabled
  public var isLowPowerModeEnabled: Bool { stub() }
  // c: var NSProcessInfoThermalStateDidChangeNotification
  public static let thermalStateDidChangeNotification = Notification.Name("thermal")
}

extension URL {
  // objc: -[NSURL startAccessingSecurityScopedResource]
  public func startAccessingSecurityScopedResource() -> Bool { stub() }
  // objc: -[NSURL stopAccessingSecurityScopedResource]
  public func stopAccessingSecurityScopedResource() { stub() }
}
