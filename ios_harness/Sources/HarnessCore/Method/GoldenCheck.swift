// The golden check; docs/bundle.md.

/// How the golden check of a run came out, as a record says it; errors are shares of a photo's pixels.
public struct GoldenResult: Equatable, Sendable {
  public var status: GoldenStatus
  public var reason: String
  public var values: Int
  public var maxAbsError: Double?
  public var tolerance: Double?

  public init(status: GoldenStatus, reason: String, values: Int, maxAbsError: Double?, tolerance: Double?) {
    self.status = status
    self.reason = reason
    self.values = values
    self.maxAbsError = maxAbsError
    self.tolerance = tolerance
  }
}

/// Holds a run's class maps against the golden ones: give it each photo's map in order, then the first photo's again.
public final class GoldenCheck {
  private static let mostSaid = 3
  private static let places = 8

  private let bundle: OpenBundle
  private let golden: GoldenMaps
  private let allowed: [Double]
  private let mayBeAsNetwork: Bool
  private var faults: [String] = []
  private var judged: [Judged] = []
  private var ofNetwork: [(equal: Int, all: Int)] = []  // pixels of each photo
  private var first: ClassMap?
  private var before: ClassMap?
  private var areAllEqual = true

  /// `accelerator`, `arithmetic`: of what ran the file; nil where that is not known.
  public init(_ bundle: OpenBundle, artifact: Int, accelerator: String?, arithmetic: Arithmetic?) {
    self.bundle = bundle
    golden = bundle.content.golden[artifact]
    allowed = golden.allowed[golden.arithmetic.coarser(arithmetic)] ?? []
    // A file of 8-bit integers that nothing runs as such may be near its network's map instead.
    mayBeAsNetwork = accelerator != "cpu" && golden.arithmetic == .int8 && arithmetic != .int8
  }

  /// Judge the next photo's map; return the share of pixels on which it is the golden one. Throws `BundleRefused`.
  @discardableResult
  public func add(_ found: ClassMap) throws -> Double {
    let photo = judged.count
    let right = try bundle.classMap(golden.maps[photo], photo)
    let said = Judge.judge(found, golden: right, allowed: allowed[photo], before: before)
    let isNear = try isAsNetwork(found, photo) || said.isNear
    if !isNear { faults.append(sentence(photo, said)) }
    if let before { areAllEqual = areAllEqual && before == found }
    before = found
    if photo == 0 { first = found }
    judged.append(said)
    return Decimals.rounded(said.agreement, places: Self.places)
  }

  /// Compare the first photo's map as it came again, after the others.
  public func again(_ found: ClassMap) {
    if let first, first != found {
      faults.append("photo 0 gave another class map when it was run again, after the others")
    }
  }

  /// Say how it came out.
  public func result() -> GoldenResult {
    guard let worst = judged.max(by: { 1 - $0.agreement - $0.allowed < 1 - $1.agreement - $1.allowed }) else {
      return GoldenResult(
        status: .notChecked, reason: "no photo was run", values: 0, maxAbsError: nil, tolerance: nil)
    }
    var all = faults
    if judged.count > 1, areAllEqual, !all.isEmpty {
      all.insert("the output does not depend on the input: every photo gave the same class map", at: 0)
    }
    if all.isEmpty, let unlike = unlikeNetwork() { all.append(unlike) }
    let left = all.count - Self.mostSaid
    let reason = all.prefix(Self.mostSaid).joined(separator: "; ") + (left > 0 ? "; and \(left) more" : "")
    return GoldenResult(
      status: all.isEmpty ? .passed : .failed,
      reason: reason,
      values: bundle.content.photos.reduce(0) { $0 + $1.heightPx * $1.widthPx },
      maxAbsError: Decimals.rounded(1 - worst.agreement, places: Self.places),
      tolerance: worst.allowed
    )
  }

  /// Count what the map has in common with the network's, and say whether being near to that is enough.
  private func isAsNetwork(_ found: ClassMap, _ photo: Int) throws -> Bool {
    guard let maps = golden.networkMaps else { return false }
    let network = try bundle.classMap(maps[photo], photo)
    ofNetwork.append((Judge.equalPixels(found, network), network.pixels.count))
    return mayBeAsNetwork && Judge.judge(found, golden: network, allowed: allowed[photo]).isNear
  }

  private func unlikeNetwork() -> String? {
    let shares = ofNetwork.map { Double($0.equal) / Double($0.all) }
    guard let least = shares.min(), let worst = shares.firstIndex(of: least) else { return nil }
    let share = Double(ofNetwork.reduce(0) { $0 + $1.equal }) / Double(ofNetwork.reduce(0) { $0 + $1.all })
    if share >= golden.leastNetworkAgreement { return nil }
    return "all photos are as the fp32 network gives them on \(Decimals.percent(share, places: 2)) of their pixels, "
      + "photo \(worst) on \(Decimals.percent(least, places: 2)), and "
      + "\(Decimals.percent(golden.leastNetworkAgreement, places: 2)) is asked: the file was exported wrong"
  }

  private func sentence(_ photo: Int, _ said: Judged) -> String {
    let likely = said.likely.isEmpty ? "" : ": \(said.likely)"
    let wanted = 1 - said.allowed
    if said.agreement >= wanted {
      return "photo \(photo) differs from the desktop's run away from the edges of its classes\(likely)"
    }
    return "photo \(photo) is as the desktop's run gave it on \(Decimals.percent(said.agreement, places: 2)) of its "
      + "pixels, and \(Decimals.percent(wanted, places: 2)) is asked\(likely)"
  }
}
