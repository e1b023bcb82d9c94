import Foundation
import Testing

@testable import HarnessCore

/// What a turn is made of, and what is seen of the device at its steps' ends.

@Test(arguments: [(50.0, 1), (0.0, 0)])
func aTurnRunsOnceMoreWithoutTimingAfterTheYardstickUnlessARunIsLong(_ slowMs: Double, _ more: Int) async throws {
  let job = try TestJob([("cpu", 1)])
  let launcher = InProcess()
  launcher.effort.slowMs = slowMs
  launcher.effort.sampleMs = 4
  var runs = 0
  launcher.backend.whenRun = { _ in
    usleep(1_000)
    if launcher.keys.last == "0-turn-0" { runs += 1 }
  }
  #expect(try await job.run(launcher) == .finished)
  let record = try job.record(0)
  let timed = record.tables("turns")[0].doubles("execute_ms").count
  #expect(timed > 0)
  #expect(runs == record.int("warm_up_runs") + more + timed)
}

@Test(arguments: ["0-memory", "0-turn-0", "0-final"])
func aDebuggerThatComesDuringAnyStepMakesARecordInvalid(_ key: String) async throws {
  let job = try TestJob([("cpu", 1)])
  job.launch = "app"
  let device = FakeDevice()
  let launcher = InProcess(FakeBackend(), device)
  var isAttached = false
  device.isDebugged = { isAttached }
  launcher.before = { _ in isAttached = false }
  launcher.backend.whenRun = { _ in isAttached = launcher.keys.last == key }
  #expect(try await job.run(launcher) == .finished)
  let record = try job.record(0)
  #expect(record.texts("verdict_reasons").contains("a debugger was attached"))
  #expect(record.text("verdict") == "INVALID")
}

@Test(arguments: ["0-memory", "0-final"])
func aDeviceThatSavesPowerAtTheBeginningOrAtTheEndAloneIsSaidToHaveDoneSo(_ key: String) async throws {
  let job = try TestJob([("cpu", 1)])
  let device = FakeDevice()
  let launcher = InProcess(FakeBackend(), device)
  device.isLowPower = { launcher.keys.last == key }
  #expect(try await job.run(launcher) == .finished)
  #expect(try job.record(0).texts("verdict_reasons").contains("the device saved power"))
}
