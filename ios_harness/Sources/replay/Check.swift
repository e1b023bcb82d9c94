import Foundation
import HarnessCore

/// `replay check KIND [FILE...]`.
enum Check {
  static func run(_ options: Options) throws {
    let kind = options.places[0]
    guard FileCheck.kinds.contains(kind) else {
      throw WrongUse(
        "it checks no \(Texts.printable(kind, longest: 40)), but \(FileCheck.kinds.joined(separator: ", "))")
    }
    var isWell = true
    func say(_ file: String) {
      do {
        let source = try FileSource(URL(fileURLWithPath: file))
        defer { source.close() }
        print(FileCheck.check(kind: kind, data: try source.read(offset: 0, count: source.sizeBytes)))
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
}
