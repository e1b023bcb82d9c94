import Testing

@testable import HarnessCore

/// Every row of four events.
private let rows: [[Lifecycle.Event]] = (0..<4).reduce([[]]) { rows, _ in
  rows.flatMap { row in Lifecycle.Event.allCases.map { row + [$0] } }
}

@Test func theMarkLiesThereExactlyWhileAJobRunsAndTheAppIsNotInFront() {
  for row in rows {
    var life = Lifecycle()
    var lies = false
    var runs = false
    for event in row {
      if event == .jobBegan { runs = true }
      if event == .jobEnded { runs = false }
      for action in life.handle(event) {
        #expect(lies != (action == .writeMark), "\(row)")
        lies = action == .writeMark
      }
      #expect(lies == (runs && !life.isInFront), "\(row)")
      #expect(life.isMarked == lies)
    }
  }
}

@Test func whateverHappenedAnAppThatIsInFrontAgainIsReadyAndEndsItsJobWithoutAMark() {
  for row in rows {
    var life = Lifecycle()
    for event in row { _ = life.handle(event) }
    _ = life.handle(.unlocked)
    _ = life.handle(.foreground)
    #expect(life.readiness == Readiness(isReady: true, message: ""), "\(row)")
    #expect(!life.isMarked)
    _ = life.handle(.jobEnded)
    #expect(!life.isMarked)
  }
}

@Test func eachDepartureIsCountedOnceHoweverManyEventsItHas() {
  var life = Lifecycle()
  _ = life.handle(.foreground)
  for event in [Lifecycle.Event.inactive, .background, .locked, .unlocked, .foreground] { _ = life.handle(event) }
  #expect(life.departures == 1)
  for event in [Lifecycle.Event.locked, .background, .foreground, .unlocked] { _ = life.handle(event) }
  #expect(life.departures == 2)
}

@Test(arguments: [
  (Lifecycle.Event.inactive, "something lies over the app; close it"),
  (.background, "the app is not in front; open it"),
  (.terminating, "the app is not in front; open it"),
  (.locked, "the phone is locked; unlock it and leave the app in front"),
])
func aPersonIsToldWhatToDo(_ event: Lifecycle.Event, _ words: String) {
  var life = Lifecycle()
  _ = life.handle(.foreground)
  _ = life.handle(event)
  #expect(life.readiness == Readiness(isReady: false, message: words))
}

@Test func argumentsThatAskForNoJobAreNone() throws {
  #expect(try LaunchArguments.parse([]) == nil)
  #expect(try LaunchArguments.parse(["-NSDocumentRevisionsDebugMode", "YES"]) == nil)
}

@Test func bothArgumentsInEitherOrderAreAJob() throws {
  let hash = String(repeating: "0a", count: 32)
  let job = String(repeating: "f1", count: 16)
  let wanted = LaunchArguments(bundle: hash, job: job)
  #expect(try LaunchArguments.parse(["--bundle", hash, "--job", job]) == wanted)
  #expect(try LaunchArguments.parse(["--job", job, "--bundle", hash]) == wanted)
  let wrong: [[String]] = [
    ["--bundle", hash], ["--job", job], ["--bundle", hash, "--job"], ["--bundle"], ["--bundle", "--job", job],
    ["--bundle", hash, "--job", job, "--job", job], ["--bundle", hash, "--job", job, "--fast"],
    ["x", "--bundle", hash, "--job", job], ["--bundle", hash.uppercased(), "--job", job],
    ["--bundle", hash, "--job", job + "0"], ["--bundle", hash, "--job", "../" + job.dropFirst(3)],
    ["--bundle=\(hash)", "--job=\(job)"], ["--bundle", hash, "--job", ""], ["--jobs", job],
    ["--bundle", hash, "--job", "f\u{301}" + job.dropFirst()],
  ]
  for arguments in wrong {
    #expect(throws: LaunchArguments.Wrong.self, "\(arguments)") { try LaunchArguments.parse(arguments) }
  }
}
