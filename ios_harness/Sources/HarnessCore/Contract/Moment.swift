// Moments as records write them.

import Foundation

/// Moments as records write them: UTC by the Gregorian calendar, with plain digits whatever the phone's language.
public enum Moment {
  private static let dayS = 86_400
  private static let far = 253_402_300_799_999  // the last of the year 9999

  /// Write milliseconds since 1970, none before: 2026-01-02T03:04:05.678Z.
  public static func text(_ epochMs: Int) -> String {
    let ms = min(max(epochMs, 0), far)
    let seconds = ms / 1000
    let (year, month, day) = date(seconds / dayS)
    let ofDay = seconds % dayS
    let time = [ofDay / 3600, ofDay / 60 % 60, ofDay % 60].map { padded($0, 2) }.joined(separator: ":")
    let date = [padded(year, 4), padded(month, 2), padded(day, 2)].joined(separator: "-")
    return "\(date)T\(time).\(padded(ms % 1000, 3))Z"
  }

  /// Write a moment as the system has it.
  public static func text(_ moment: Date) -> String { text(epochMs(moment)) }

  /// Milliseconds since 1970, within what can be written.
  static func epochMs(_ moment: Date) -> Int {
    let ms = moment.timeIntervalSince1970 * 1000
    return ms.isFinite ? Int(min(max(ms, 0), Double(far))) : 0
  }

  /// The date of a day since 1970-01-01: eras of 400 years, years that begin in March.
  private static func date(_ sinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
    let days = sinceEpoch + 719_468  // since 0000-03-01
    let era = days / 146_097
    let ofEra = days - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * ofYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * shifted + 2) / 5 + 1)
  }

  private static func padded(_ value: Int, _ digits: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }
}
