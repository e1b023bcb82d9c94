import HarnessCore
import SwiftUI

/// A bundle: its files, each with its hash checked, what the job runs of them, and its photos.
struct BundleScreen: View {
  @EnvironmentObject private var model: AppModel
  @EnvironmentObject private var runner: JobRunner
  @StateObject private var bundle: BundleModel
  @State private var isRemoving = false
  @State private var isCooling = false

  init(sha256: String) { _bundle = StateObject(wrappedValue: BundleModel(sha256: sha256)) }

  var body: some View {
    List {
      if let reason = bundle.reason {
        MarkedText(marked: Marked(.bad, reason))
      } else if let facts = bundle.facts {
        whole(facts)
      } else {
        ProgressView("Loading…")
      }
      Section {
        Button("Remove this bundle", role: .destructive) { isRemoving = true }
      }
    }
    .navigationTitle(bundle.facts?.content.name ?? "Bundle")
    .task { await bundle.load() }
    .confirmationDialog("Remove this bundle?", isPresented: $isRemoving, titleVisibility: .visible) {
      Button("Remove", role: .destructive) { Task { await model.remove(bundle.sha256) } }
    } message: {
      Text("Its files and photos leave this device. Results of its jobs stay.")
    }
  }

  @ViewBuilder
  private func whole(_ facts: BundleFacts) -> some View {
    Section {
      Text(facts.line).foregroundStyle(.secondary)
      Button("Run all", systemImage: "play.fill") { run(nil) }
        .buttonStyle(.borderedProminent)
      Toggle("Cool down after each pass", isOn: $isCooling)
      NavigationLink("Live camera", value: Route.camera(bundle: bundle.sha256, artifact: 0))
    }
    if let job = bundle.lastJob {
      Section("Last job") {
        NavigationLink(value: Route.results(job.job)) { LastJobRow(job: job) }
      }
    }
    Section("Files") {
      ForEach(facts.content.artifacts.indices, id: \.self) { place in
        ArtifactCard(
          artifact: facts.content.artifacts[place], runs: facts.runs(of: place), hash: bundle.hashes[place],
          look: Route.photo(bundle: bundle.sha256, artifact: place, photo: 0), run: run)
      }
    }
    Section("Photos") {
      PhotoStrip(count: facts.content.photos.count, thumbnails: bundle.thumbnails) { photo in
        model.path.append(.photo(bundle: bundle.sha256, artifact: 0, photo: photo))
      }
      ClassLegend(classes: facts.content.classes, colorsRgb: facts.content.colorsRgb)
    }
    Section("Hash of the bundle") {
      Text(verbatim: bundle.sha256)
        .font(.system(.footnote, design: .monospaced))
        .textSelection(.enabled)
    }
  }

  /// Run these of its runs, or all.
  @MainActor
  private func run(_ only: [Int]?) {
    let pauseS = isCooling ? AskedJob.pauseS : 0
    let asked = AskedJob(bundle: bundle.sha256, job: JobId.draw(), only: only, coolDownS: pauseS)
    bundle.isPaused = true
    Task {
      await runner.run(asked)
      bundle.isPaused = false
      await bundle.load()
      await model.refresh()
    }
  }
}

/// A bundle's last job.
struct LastJobRow: View {
  let job: JobProgress

  var body: some View {
    VStack(alignment: .leading, spacing: 4) {
      MarkedText(marked: Marked(StateText.mark(job), StateText.of(job)))
      Text(Figures.moment(job.at)).font(.subheadline).foregroundStyle(.secondary)
    }
    .accessibilityElement(children: .combine)
  }
}
