// A stand-in for Apple's module UIKit.

@_exported import CoreGraphics
@_exported import Foundation
@_exported import FoundationOnApple

// objc: @class UIResponder
@MainActor
open class UIResponder: NSObject {}

// objc: @class UIApplication
@MainActor
open class UIApplication: UIResponder {
  // objc: @enum UIApplicationState
  public enum State: Int, Sendable {
    // objc: @enum UIApplicationState.Active
    case active = 0
    // objc: @enum UIApplicationState.Inactive
    case inactive = 1
    // objc: @enum UIApplicationState.Background
    case background = 2
  }

  // objc: @property UIApplication.sharedApplication
  open class var shared: UIApplication { stub() }
  // objc: @property UIApplication.applicationState
  open var applicationState: State { stub() }
  // objc: @property UIApplication.protectedDataAvailable
  open var isProtectedDataAvailable: Bool { stub() }
  // objc: @property UIApplication.idleTimerDisabled
  open var isIdleTimerDisabled = false

  // c: var UIApplicationDidBecomeActiveNotification
  public nonisolated static let didBecomeActiveNotification = Notification.Name("")
  // c: var UIApplicationWillResignActiveNotification
  public nonisolated static let willResignActiveNotification = Notification.Name("")
  // c: var UIApplicationWillTerminateNotification
  public nonisolated static let willTerminateNotification = Notification.Name("")
  // c: var UIApplicationOpenSettingsURLString
  public nonisolated static let openSettingsURLString = ""
  // c: var UIApplicationProtectedDataDidBecomeAvailable
  public nonisolated static let protectedDataDidBecomeAvailableNotification = Notification.Name("")
  // c: var UIApplicationProtectedDataWillBecomeUnavailable
  public nonisolated static let protectedDataWillBecomeUnavailableNotification = Notification.Name("")
}

// objc: @class UIDevice
@MainActor
open class UIDevice: NSObject {
  // objc: @enum UIDeviceBatteryState
  public enum BatteryState: Int, Sendable {
    // objc: @enum UIDeviceBatteryState.Unknown
    case unknown = 0
    // objc: @enum UIDeviceBatteryState.Unplugged
    case unplugged = 1
    // objc: @enum UIDeviceBatteryState.Charging
    case charging = 2
    // objc: @enum UIDeviceBatteryState.Full
    case full = 3
  }

  // objc: @property UIDevice.currentDevice
  open class var current: UIDevice { stub() }
  // objc: @property UIDevice.batteryState
  open var batteryState: BatteryState { stub() }
  // objc: @property UIDevice.batteryLevel
  open var batteryLevel: Float { stub() }
  // objc: @property UIDevice.batteryMonitoringEnabled
  open var isBatteryMonitoringEnabled = false

  // c: var UIDeviceBatteryStateDidChangeNotification
  public nonisolated static let batteryStateDidChangeNotification = Notification.Name("")
  // c: var UIDeviceBatteryLevelDidChangeNotification
  public nonisolated static let batteryLevelDidChangeNotification = Notification.Name("")
}
