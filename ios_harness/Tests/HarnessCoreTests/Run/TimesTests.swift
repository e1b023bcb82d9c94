import Foundation
import Testing

@testable import HarnessCore

/// Which time of a record is of what: each part here takes as long as no other, and the least of several must be its own.
@Test func eachTimeOfARecordIsOfWhatItIsNamedAfter() async throws {
  let device = FakeDevice()
  device.decoded = { _ in
    usleep(20_000)
    return try Picture(heightPx: 9, widthPx: 14, rgb: [UInt8](repeating: 0, count: 3 * 9 * 14))
  }
  let launcher = InProcess(FakeBackend(), device)
  launcher.effort.sampleMs = 100
  var opened = 0.0
  launcher.backend.loadMs = {
    opened += 1
    return opened
  }
  var runs = 0
  launcher.backend.whenRun = { _ in
    runs += 1
    usleep(runs == 1 ? 120_000 : 40_000)
  }
  launcher.backend.whenRead = { _ in usleep(320_000) }  // far more than a busy computer adds to the others
  let job = try TestJob([("cpu", 1)])
  launcher.before = { _ in await job.clock.sleep(ms: 1_000) }
  #expect(try await job.run(launcher) == .finished)
  let record = try job.record(0)

  let load = record.table("load")
  #expect(load.double("cold_ms") == 1)
  #expect(load.double("warm_ms") == opened)
  #expect((120..<440).contains(load.double("first_inference_ms")))

  let passages = record.tables("end_to_end")
  let least = { (name: String) in passages.map { $0.double(name) }.min() ?? 0 }
  #expect(passages.count == 3)
  #expect((20..<60).contains(least("pre_ms")))
  #expect((40..<360).contains(least("execute_ms")))
  #expect(least("post_ms") >= 320)

  let turns = record.tables("turns")
  for turn in turns {
    let (at, took) = (turn.doubles("at_ms"), turn.doubles("execute_ms"))
    #expect(took.count > 1 && took.allSatisfy { $0 >= 40 } && took.min()! < 360)
    for place in 1..<at.count { #expect(at[place] > at[place - 1] + took[place - 1] - 0.001) }
    #expect(turn.double("wall_ms") >= at.last! + took.last!)
    #expect(turn.double("wall_ms") < took.reduce(0, +) + 320)  // no output is read between
  }
  let began = turns.map { $0.double("started_s") } + passages.map { $0.double("at_s") }
  #expect(zip(began.dropFirst(turns.count - 1), began.dropFirst(turns.count)).allSatisfy { $0 < $1 })
  // three maps lie between the last turn and the first passage
  #expect(began[turns.count] - began[turns.count - 1] >= (turns.last!.double("wall_ms") + 3 * 320) / 1e3)
}
