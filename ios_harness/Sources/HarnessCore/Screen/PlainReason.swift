import Foundation

/// Why something was not done, in plain words first and exactly after them.
public enum PlainReason {
  /// Say it; whatever else is thrown is said as it is.
  public static func of(_ error: any Error) -> String {
    if let error = error as? CannotRun { return Texts.printable(error.message) }
    guard let refused = error as? Refused else { return Texts.printable(said(error)) }
    return "\(plain(refused)) (\(refused.message))"
  }

  /// The system's own errors print as domain and code; what they mean is in a text beside it.
  private static func said(_ error: any Error) -> String {
    #if canImport(Darwin)
      if type(of: error) is NSError.Type { return error.localizedDescription }
    #endif
    return "\(error)"
  }

  private static func plain(_ error: Refused) -> String {
    switch error {
    case is ArchiveRefused: "This is no bundle of PocketSeg, or it is damaged. Send it again."
    case let bundle as BundleRefused where bundle.fault.code == BundleFault.otherVersion.code:
      "This bundle is of another version. Update the app or the computer."
    case is BundleRefused: "This bundle is damaged. Send it again."
    case is StorageRefused: "It cannot be read or stored here."
    default: "It is not as it should be."
    }
  }
}
