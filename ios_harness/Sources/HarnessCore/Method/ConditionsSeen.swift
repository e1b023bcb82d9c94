// What looks at the device amount to.

extension Conditions {
  /// Add what was seen of the device: before the first turn, in the turns, and after the last.
  ///
  /// One look at which the app was not in front, or the device saved power, is enough. Of words for heat the latest
  /// counts, of frequencies the lowest of `start` and `end`: how fast cores were in a turn, the yardstick says better.
  public func seen(start: StatePart?, turns: [Turn], end: StatePart?) -> Conditions {
    let states = [start, end].compactMap { $0 }
    let devices = turns.compactMap(\.device)
    let words = [start?.thermal] + devices.map(\.thermal) + [end?.thermal]
    var found = self
    found.frequency = states.compactMap(\.frequencyShare).min()
    found.thermal = words.compactMap { $0 }.last { !$0.isEmpty }
    found.isLowPower = states.contains { $0.isLowPower == true }
    found.isHidden = (states.map(\.isForeground) + devices.map(\.isForeground)).contains(false)
    return found
  }
}
