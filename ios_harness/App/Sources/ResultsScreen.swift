import HarnessCore
import SwiftUI

/// What a job has given: a row for each run, and a way to send it to a computer.
struct ResultsScreen: View {
  let job: String
  @State private var table: JobTable?
  @State private var zip: URL?
  @State private var reason: String?

  var body: some View {
    List {
      if let table {
        rows(table)
      } else {
        ProgressView("Loading…")
      }
      if let reason { MarkedText(marked: Marked(.bad, reason)) }
    }
    .navigationTitle(table?.name ?? "Results")
    .toolbar {
      ToolbarItem(placement: .primaryAction) {
        if let zip { ShareLink("Share the results", item: zip) }
      }
    }
    .task { await load() }
  }

  @ViewBuilder
  private func rows(_ table: JobTable) -> some View {
    if let progress = table.progress {
      Section {
        MarkedText(marked: Marked(StateText.mark(progress), StateText.of(progress)))
        if !StateText.reason(progress).isEmpty { Text(StateText.reason(progress)) }
        Text(verbatim: "Last change \(Figures.moment(progress.at))").foregroundStyle(.secondary)
      }
    } else {
      Text("This job has no results on this device.")
    }
    Section("Runs") {
      ForEach(table.rows.indices, id: \.self) { place in ResultCard(row: table.rows[place]) }
    }
    Section {
      Text("mIoU and the comparison with other devices are computed on the computer, by pocketseg device import.")
        .foregroundStyle(.secondary)
    }
  }

  @MainActor
  private func load() async {
    let job = job
    let found = await offMain { JobTable.of(job: job, jobs: Places.jobs, content: Places.content) }
    table = found
    let name = found.name
    let (made, why) = await offMain { () -> (URL?, String?) in
      let file = Places.shared.appendingPathComponent(ShareNames.results(bundle: name, job: job))
      do {
        try SharedZip.write(job: job, jobs: Places.jobs, to: file)
        return (file, nil)
      } catch {
        return (nil, PlainReason.of(error))
      }
    }
    zip = made
    reason = why
  }
}
