// How a measurement is judged; docs/method.md, "The verdict".

extension Verdict {
  private static let leastTurns = 5
  private static let driftShare = 0.05
  private static let othersCores = 0.1
  private static let manyOthersCores = 0.5
  private static let stolenShare = 0.02
  private static let muchStolenShare = 0.10
  private static let swappedBytes = 16 << 20
  private static let lowFrequency = 0.9

  /// Judge a measurement.
  public static func of(_ found: Statistics, _ conditions: Conditions) -> Verdict {
    let invalid = ofSomethingElse(conditions) + tooFew(found) + disturbed(conditions)
    let unstable = doubtful(conditions) + unsure(found)
    if !invalid.isEmpty { return Verdict(kind: .invalid, reasons: invalid + unstable) }
    return Verdict(kind: unstable.isEmpty ? .valid : .unstable, reasons: unstable)
  }

  private static func ofSomethingElse(_ c: Conditions) -> [String] {
    var found: [String] = []
    if c.isTest == true { found.append("it ran in a test, not in an app on a device") }
    if c.isDebugBuild == true { found.append("it is a debug build") }
    if c.hasDebugger == true { found.append("a debugger was attached") }
    if c.isSimulator == true {
      found.append("it ran in a simulator or an emulator, whose times are no device's")
    }
    if c.acceleratorObtained.map({ !Texts.areSame($0, c.acceleratorAsked) }) ?? true {
      let obtained = c.acceleratorObtained.map { "\($0) obtained" } ?? "what ran it is not known"
      found.append("\(c.acceleratorAsked) was asked and \(obtained)")
    }
    if c.golden == .failed { found.append("its output is not what it was at export: \(c.goldenReason)") }
    if c.isHidden == true { found.append("it was not in the foreground all the time") }
    return found
  }

  private static func tooFew(_ found: Statistics) -> [String] {
    guard found.turns < leastTurns else { return [] }
    let turns = found.turns == 1 ? "1 turn is" : "\(found.turns) turns are"
    return ["\(turns) too few (\(leastTurns) are needed)"]
  }

  private static func disturbed(_ c: Conditions) -> [String] {
    var found: [String] = []
    if let others = c.othersDuring, others > manyOthersCores {
      found.append("other processes kept \(Decimals.fixed(others, places: 2)) cores busy")
    }
    if let stolen = c.stolen, stolen > muchStolenShare {
      found.append("the host of this virtual machine took \(Decimals.percent(stolen, places: 0)) of the time")
    }
    if let swapped = c.swappedBytes, swapped > swappedBytes {
      found.append("the system swapped \(Decimals.fixed(Double(swapped) / 1e6, places: 0)) MB")
    }
    if let thermal = c.thermal, !thermal.isEmpty { found.append("heat slowed it (\(thermal))") }
    return found
  }

  private static func doubtful(_ c: Conditions) -> [String] {
    var found: [String] = []
    if !c.isBestKnown { found.append("the best speed of this device is not known yet") }
    found += othersBusy(c.othersBefore, atMost: .infinity, "before")
    found += othersBusy(c.othersDuring, atMost: manyOthersCores, "while")
    found += othersBusy(c.othersAfter, atMost: .infinity, "after")
    if let stolen = c.stolen, stolen > stolenShare, stolen <= muchStolenShare {
      found.append("the host of this virtual machine took \(Decimals.percent(stolen, places: 1)) of the time")
    }
    if let frequency = c.frequency, frequency < lowFrequency {
      found.append("the processor ran at \(Decimals.percent(frequency, places: 0)) of its highest frequency")
    }
    if c.isLowPower == true { found.append("the device saved power") }
    if c.golden == .notChecked { found.append("its output was not checked: \(c.goldenReason)") }
    return found
  }

  private static func othersBusy(_ cores: Double?, atMost most: Double, _ at: String) -> [String] {
    guard let cores, cores > othersCores, cores <= most else { return [] }
    return ["other processes kept \(Decimals.fixed(cores, places: 2)) cores busy \(at) it was measured"]
  }

  private static func unsure(_ found: Statistics) -> [String] {
    var reasons: [String] = []
    if found.undisturbedTurns < Method.leastUndisturbed {
      let needed = "(\(Method.leastUndisturbed) are needed)"
      reasons.append("\(found.undisturbedTurns) of \(found.turns) turns were undisturbed \(needed)")
    }
    if let halfWidth = found.halfWidth {
      let asked = Decimals.percent(Method.halfWidth, places: 0)
      if halfWidth >= Method.halfWidth {
        reasons.append("p50 is known to within \(Decimals.percent(halfWidth, places: 1)) (\(asked) is asked)")
      }
    } else {
      reasons.append("there is no interval of p50")
    }
    if let drift = found.drift, abs(drift) > driftShare {
      let way = drift > 0 ? "slower" : "faster"
      reasons.append("it grew \(way) by \(Decimals.percent(abs(drift), places: 1)) while it ran")
    }
    return reasons
  }
}
