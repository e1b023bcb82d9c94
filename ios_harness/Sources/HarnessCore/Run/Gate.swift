/// Lets a step begin once the app is in front on a phone that is not locked, and not too hot.
///
/// It waits, and not for ever: docs/bundle.md, `/job/limits/max_temp_c`. iOS tells an app no temperature: there its words
/// `serious` and `critical` for heat are waited for. Heat that does not end is waited for once and not by each step anew: its
/// limit counts from when it was first seen. Time in which the app was stopped, as it is behind others, does not count.
final class Gate {
  private static let lookEveryMs = 1000
  private static let mostCountedS = 2.0

  private let device: any Device
  private let clock: any Clock
  private let maxTempC: Double?
  private let effort: JobEffort

  /// How long it was hot without an end, and whether it still is.
  private var hotS = 0.0

  init(_ device: any Device, _ clock: any Clock, maxTempC: Double?, _ effort: JobEffort) {
    self.device = device
    self.clock = clock
    self.maxTempC = maxTempC
    self.effort = effort
  }

  /// Wait; return why it may not begin, nil where it may. `waiting` hears for what, each second.
  func pass(_ waiting: (String) throws -> Void) async rethrows -> Closed? {
    var unreadyS = 0.0
    while let closed = closed() {
      let limitS = closed.isHeat ? effort.hotS : effort.readyS
      if (closed.isHeat ? hotS : unreadyS) >= limitS {
        return Closed(why: "\(closed.why), and still was after \(Int(limitS)) s", isHeat: closed.isHeat)
      }
      try waiting(closed.why)
      let startNs = clock.nanoTime()
      await clock.sleep(ms: Self.lookEveryMs)
      let tookS = min(Double(clock.nanoTime() &- startNs) / 1e9, Self.mostCountedS)
      if closed.isHeat { hotS += tookS } else { unreadyS += tookS }
    }
    return nil
  }

  private func closed() -> Closed? {
    let readiness = device.readiness()
    if !readiness.isReady { return Closed(why: "it could not begin: \(readiness.message)", isHeat: false) }
    guard let why = heat() else {
      hotS = 0
      return nil
    }
    return Closed(why: why, isHeat: true)
  }

  private func heat() -> String? {
    let state = device.state().part
    if let word = state.thermal, Heat.words.contains(where: { Texts.areSame($0, word) }) {
      return "the device was too hot: its heat is \(word)"
    }
    guard let maxTempC, let batteryC = state.batteryC, batteryC > maxTempC else { return nil }
    let most = Decimals.fixed(maxTempC, places: 1)
    return "the battery was too hot, \(Decimals.fixed(batteryC, places: 1)) °C where \(most) is the most"
  }
}

/// Why a step may not begin. `isHeat`: all else is ready.
struct Closed: Equatable {
  var why: String
  var isHeat: Bool
}
