import Foundation

/// Errors that end a step, as its answer.
extension TurnTask {
  /// Say what was thrown.
  static func failed(_ sofar: Answer, _ error: any Error) -> Answer {
    var answer = sofar
    answer.status = .failed
    switch error {
    case let error as CannotRun:
      answer.status = .refused
      answer.reason = error.message.isEmpty ? "the runtime does not run it" : error.message
    case let error as Refused: answer.reason = error.message
    case let error as AnswerRefused: answer.reason = error.message
    case let error as WrongOutput: answer.reason = error.message
    default: answer.reason = said(error)
    }
    answer.reason = Reasons.clean(answer.reason)
    return answer
  }

  /// What an error of the system says of itself, and of what lies below it; that alone often says what is wrong.
  private static func said(_ error: any Error) -> String {
    #if canImport(Darwin)
      let system = error as NSError
      let below = (system.userInfo[NSUnderlyingErrorKey] as? NSError)?.localizedDescription
      let parts = ["\(system.domain) \(system.code)", system.localizedDescription, below].compactMap { $0 }
      return parts.joined(separator: ": ")
    #else
      return "\(type(of: error)): \(error)"
    #endif
  }
}
