import Foundation
import Testing

@testable import HarnessCore

/// Moments are those of Foundation's own calendar.
@Suite struct MomentTests {
  @Test func momentsAreWrittenAsTheCalendarHasThem() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    var random = Chance(seed: 1)
    let moments = (0..<5_000).map { _ in random.below(4_000_000_000_000) } + [0, 951_782_400_000, 4_102_444_799_999]
    for ms in moments {
      let date = Date(timeIntervalSince1970: Double(ms / 1000))
      let at = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
      let said = Moment.text(ms).utf8.split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      let wanted = [at.year, at.month, at.day, at.hour, at.minute, at.second, ms % 1000]
      #expect(said.map { Int(String(decoding: $0, as: UTF8.self)) } == wanted)
      #expect(said.map(\.count) == [4, 2, 2, 2, 2, 2, 3])
    }
    #expect(Moment.text(1_767_323_045_678) == "2026-01-02T03:04:05.678Z")
  }

  @Test func clocksThatAreFarOffAreNoFault() {
    for ms in [Int.min, -1, 0] { #expect(Moment.text(ms) == "1970-01-01T00:00:00.000Z") }
    #expect(Moment.text(.max) == "9999-12-31T23:59:59.999Z")
    #expect(Moment.text(Date.distantFuture).utf8.count == 24)
    #expect(Moment.text(Date(timeIntervalSince1970: .infinity)) == "1970-01-01T00:00:00.000Z")
    #expect(Moment.text(Date(timeIntervalSince1970: 1_767_323_045.678)) == "2026-01-02T03:04:05.678Z")
  }
}
