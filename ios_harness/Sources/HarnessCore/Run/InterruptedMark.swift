import Foundation

/// `interrupted.json` in a job's work folder: it names the processes that are not in front, or ended so; see `Lifecycle`.
///
/// The driver that goes on with a job asks it of each step that an earlier process left in the middle.
public struct InterruptedMark: Sendable {
  private static let mostBytes = 1 << 14
  private static let mostProcesses = 100

  private let file: URL
  private let process: ThisProcess

  /// `work`: the folder of `JobPlaces`.
  public init(work: URL, job: String, process: ThisProcess = .current) {
    file = work.appendingPathComponent(job).appendingPathComponent("interrupted.json")
    self.process = process
  }

  /// The ids of the processes that it names.
  var processes: [String] {
    guard let said = try? Strict.read(file, mostBytes: Self.mostBytes) else { return [] }
    return (try? said.texts("processes", most: Self.mostProcesses)) ?? []
  }

  /// Name this process; a mark that cannot be written is none, as the app is about to be stopped and nobody can be told.
  public func write() { keep(processes.suffix(Self.mostProcesses - 1).filter { $0 != process.id } + [process.id]) }

  /// Name this process no longer.
  public func remove() { keep(processes.filter { $0 != process.id }) }

  /// Name no other process any longer.
  func removeOthers() { keep(processes.filter { $0 == process.id }) }

  private func keep(_ names: [String]) {
    if names.isEmpty {
      try? FileManager.default.removeItem(at: file)
    } else {
      try? AtomicFile.write(to: file, data: Array(JsonWriter.write(.table(["processes": .of(names)])).utf8))
    }
  }
}
