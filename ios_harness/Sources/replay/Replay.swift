import Foundation

/// The contract's cases, single files and whole bundles, on a computer: nothing of a phone and of no runtime.
@main
struct Replay {
  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      try await run(arguments)
    } catch let wrong as WrongUse {
      say("replay: \(wrong.message)\n\(Help.short)")
      exit(2)
    } catch {
      say("replay: \(error)")
      exit(1)
    }
  }

  private static func run(_ arguments: [String]) async throws {
    if arguments.contains("--help") || arguments.contains("-h") {
      print(Help.long)
      return
    }
    switch arguments.first {
    case "cases": try Cases.run(Options(arguments.dropFirst(), places: 1...1, named: []))
    case "check": try Check.run(Options(arguments.dropFirst(), places: 1...Int.max, named: []))
    case "run":
      try await RunCommand.run(
        Options(arguments.dropFirst(), places: 1...1, named: ["--recording", "--out", "--job"]))
    case nil: throw WrongUse("a command is missing")
    case let name?: throw WrongUse("there is no command \(Given.shown(name))")
    }
  }

  /// Say something to a person, beside what the command gives.
  static func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}

/// Arguments that are not of the tool's form.
struct WrongUse: Error {
  let message: String

  init(_ message: String) { self.message = message }
}
