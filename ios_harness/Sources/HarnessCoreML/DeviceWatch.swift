#if canImport(CoreML) && canImport(UIKit)
  import Foundation
  import UIKit

  /// What only the main thread may ask, kept for whoever measures on another: the app's state and the battery's.
  public final class DeviceWatch: @unchecked Sendable {
    /// As it was last told.
    public struct Seen: Sendable {
      public var isActive = false
      public var isUnlocked = true
      public var power: String?
      public var batteryLevel: Double?
    }

    private let lock = NSLock()
    private var kept = Seen()
    private var tokens: [any NSObjectProtocol] = []

    /// Begin to watch.
    @MainActor
    public init() {
      UIDevice.current.isBatteryMonitoringEnabled = true
      let names = [
        UIApplication.didBecomeActiveNotification,
        UIApplication.willResignActiveNotification,
        UIApplication.protectedDataDidBecomeAvailableNotification,
        UIApplication.protectedDataWillBecomeUnavailableNotification,
        UIDevice.batteryStateDidChangeNotification,
        UIDevice.batteryLevelDidChangeNotification,
      ]
      look()
      tokens = names.map { name in
        NotificationCenter.default.addObserver(forName: name, object: nil, queue: .main) { [weak self] _ in
          MainActor.assumeIsolated {
            self?.look()
            if name == UIApplication.willResignActiveNotification { self?.leave() }
          }
        }
      }
    }

    deinit {
      for token in tokens { NotificationCenter.default.removeObserver(token) }
    }

    public var seen: Seen { lock.withLock { kept } }

    @MainActor
    private func look() {
      let device = UIDevice.current
      let power: String? =
        switch device.batteryState {
        case .charging, .full: "mains"
        case .unplugged: "battery"
        default: nil
        }
      let level = device.batteryLevel
      let isActive = UIApplication.shared.applicationState == .active
      let isUnlocked = UIApplication.shared.isProtectedDataAvailable
      lock.withLock {
        kept = Seen(
          isActive: isActive,
          isUnlocked: isUnlocked,
          power: power,
          batteryLevel: level < 0 ? nil : Double(level)
        )
      }
    }

    /// The app still counts as active while it is told that it will not be.
    private func leave() {
      lock.withLock { kept.isActive = false }
    }
  }
#endif
