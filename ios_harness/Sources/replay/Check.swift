import Foundation
import HarnessCore

/// `replay check KIND [FILE...]`.
enum Check {
  static func run(_ options: Options) throws {
    let kind = options.places[0]
    guard FileCheck.kinds.contains(kind) else {
      throw WrongUse("it checks no \(Given.shown(kind)), but \(FileCheck.kinds.joined(separator: ", "))")
    }
    var isWell = true
    func say(_ file: String) {
      do {
        print(try check(kind, file))
      } catch {
        print("cannot-read")
        Replay.say("replay: \(error)")
        isWell = false
      }
    }
    if options.places.count > 1 {
      options.places.dropFirst().forEach(say)
    } else {
      while let file = readLine() { say(file) }
    }
    if !isWell { exit(1) }
  }

  private static func check(_ kind: String, _ file: String) throws -> String {
    if file.isEmpty { throw Failed("a line names no file") }
    let source = try FileSource(URL(fileURLWithPath: file), name: Given.shown(file))
    defer { source.close() }
    return try FileCheck.check(kind: kind, source: source)
  }
}
