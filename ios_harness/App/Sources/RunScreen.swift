import HarnessCore
import SwiftUI

/// How far a job is, a button to end it, and then its results. It lies over all else while the job runs.
struct RunScreen: View {
  @EnvironmentObject private var model: AppModel
  @EnvironmentObject private var runner: JobRunner

  var body: some View {
    NavigationStack {
      List {
        Section {
          MarkedText(marked: state).font(.headline)
          if runner.end == nil { underWay } else { over }
        }
      }
      .navigationTitle("Run")
    }
    .interactiveDismissDisabled()
  }

  private var state: Marked {
    guard let progress = runner.progress else { return Marked(.waiting, "Taking the bundle in") }
    return Marked(StateText.mark(progress), StateText.of(progress))
  }

  @ViewBuilder
  private var underWay: some View {
    if let steps = runner.steps {
      ProgressView(value: steps.share) { Text(verbatim: "Step \(steps.number) of \(steps.planned)") }
    } else {
      ProgressView()
    }
    if let name { Text(name) }
    if let phase = runner.progress?.phase, !phase.isEmpty { Text(phase) }
    Text("Leave the app in front and the screen on, and touch the device as little as you can.")
      .foregroundStyle(.secondary)
    Button(runner.isCancelling ? "Ending after this step…" : "Cancel", role: .cancel) { runner.cancel() }
      .disabled(runner.isCancelling)
  }

  @ViewBuilder
  private var over: some View {
    if let progress = runner.progress, !StateText.reason(progress).isEmpty { Text(StateText.reason(progress)) }
    if case .mustLeave(let why)? = runner.end {
      Text(
        verbatim: "A file hangs (\(why)). Only the end of the app ends it; the job goes on when you open the app again."
      )
      Button("Close the app", role: .destructive) { runner.leave() }
    } else {
      if let job = runner.asked?.job {
        Button("Show the results") {
          runner.close()
          model.path.append(.results(job))
        }
        .buttonStyle(.borderedProminent)
      }
      Button("Done") { runner.close() }
    }
  }

  private var name: String? {
    guard let run = runner.progress?.run, run < runner.names.count else { return nil }
    return runner.names[run]
  }
}
