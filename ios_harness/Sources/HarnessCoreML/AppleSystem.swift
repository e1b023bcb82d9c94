#if canImport(CoreML)
  import Foundation

  /// Names of the system.
  enum AppleSystem {
    /// The system and its version, as a record has it: `iOS 17.5.1`.
    static var name: String {
      let version = ProcessInfo.processInfo.operatingSystemVersion
      let patch = version.patchVersion == 0 ? "" : ".\(version.patchVersion)"
      return "\(kind) \(version.majorVersion).\(version.minorVersion)\(patch)"
    }

    /// Version and build, of which a compiled package is: a build may change what Core ML makes.
    static var build: String { ProcessInfo.processInfo.operatingSystemVersionString }

    #if canImport(UIKit)
      private static let kind = "iOS"
    #else
      private static let kind = "macOS"
    #endif

    static let isSimulator: Bool = {
      #if targetEnvironment(simulator)
        return true
      #else
        return false
      #endif
    }()
  }
#endif
