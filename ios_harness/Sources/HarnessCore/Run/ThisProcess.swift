import Foundation

#if canImport(Darwin)
  import Darwin
#endif

/// What is true of this process from its beginning to its end; tests make up further ones.
///
/// A job's journal holds the id, so that the next process knows which steps are not its own; see `LaunchLog`.
public final class ThisProcess: @unchecked Sendable {
  /// Drawn once, 32 hex digits: a system gives the number of a process to another one later.
  public let id: String

  /// When the device was started, in seconds since 1970; nil where the system does not say.
  public let bootS: Int?

  private let lock = NSLock()
  private var opened = false
  private var running: String?

  /// The one that runs this code.
  public static let current = ThisProcess(id: JobId.draw(), bootS: Boot.momentS())

  public init(id: String, bootS: Int?) {
    self.id = id
    self.bootS = bootS
  }

  /// Whether a runtime has opened a file here: then the most memory that this process had is of that file, too.
  public var hasOpened: Bool { lock.withLock { opened } }

  /// Note that a file is about to be opened; whoever opens one outside a job (a live camera) must say so.
  public func noteOpened() { lock.withLock { opened = true } }

  /// Begin a job; return the one that runs here already, where there is one.
  func begin(_ job: String) -> String? {
    lock.withLock {
      if running == nil {
        running = job
        return nil
      }
      return running
    }
  }

  func end() { lock.withLock { running = nil } }
}

/// A job's id.
public enum JobId {
  /// Draw one: 32 hex digits.
  public static func draw() -> String {
    var made = ""
    for _ in 0..<32 { made += String(Int.random(in: 0..<16), radix: 16) }
    return made
  }
}

/// When the device was started.
enum Boot {
  /// In seconds since 1970, as the device's clock stands now.
  static func momentS() -> Int? {
    #if canImport(Darwin)
      var name = [CTL_KERN, KERN_BOOTTIME]
      var time = timeval()
      var size = MemoryLayout<timeval>.size
      return sysctl(&name, 2, &time, &size, nil, 0) == 0 ? Int(time.tv_sec) : nil
    #else
      guard let said = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else { return nil }
      let line = said.split(separator: "\n").first { $0.hasPrefix("btime ") }
      return line.flatMap { Int($0.dropFirst("btime ".count)) }
    #endif
  }

  /// Whether two moments are of two starts; the clock may have been set a little in between.
  static func areTwo(_ one: Int?, _ other: Int?) -> Bool {
    guard let one, let other else { return false }
    return abs(one.subtractingReportingOverflow(other).partialValue) > 60
  }
}
