// What Foundation has of files on Apple's systems and lacks on Linux.

// objc: @class NSFileCoordinator
public final class NSFileCoordinator: NSObject {
  // objc: @enum NSFileCoordinatorReadingOptions
  public struct ReadingOptions: OptionSet, Sendable {
    // doc: https://developer.apple.com/documentation/swift/optionset
    public let rawValue: UInt
    // doc: https://developer.apple.com/documentation/swift/optionset
    public init(rawValue: UInt) { self.rawValue = rawValue }
    // objc: @enum NSFileCoordinatorReadingOptions.WithoutChanges
    public static let withoutChanges = ReadingOptions(rawValue: 1)
  }

  // objc: -[NSFileCoordinator coordinateReadingItemAtURL:options:error:byAccessor:]
  public func coordinate(
    readingItemAt url: URL, options: ReadingOptions = [], error outError: inout NSError?,
    byAccessor reader: (URL) -> Void
  ) { stub() }
}

extension URLResourceKey {
  // c: var NSURLVolumeAvailableCapacityForImportantUsageKey
  public static let volumeAvailableCapacityForImportantUsageKey = URLResourceKey(rawValue: "")
}

extension URLResourceValues {
  // doc: https://developer.apple.com/documentation/foundation/urlresourcevalues/volumeavailablecapacityforimportantusage
  public var volumeAvailableCapacityForImportantUsage: Int64? { stub() }
}
