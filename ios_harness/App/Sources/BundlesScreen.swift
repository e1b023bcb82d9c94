import HarnessCore
import SwiftUI
import UniformTypeIdentifiers

/// The bundles on this device, what a computer left, and how to open another.
struct BundlesScreen: View {
  @EnvironmentObject private var model: AppModel
  @State private var isPicking = false

  var body: some View {
    List {
      ArrivalRow(arrival: model.arrival) { model.arrival = .none }
      if !model.waiting.isEmpty {
        Section("Left here by a computer") {
          ForEach(model.waiting, id: \.self) { hash in
            Button("Add \(String(hash.prefix(12)))") { Task { await model.takePushed(hash) } }
          }
        }
      }
      kept
    }
    .navigationTitle("PocketSeg")
    .toolbar {
      ToolbarItem(placement: .primaryAction) {
        Button("Open a bundle", systemImage: "plus") { isPicking = true }
      }
    }
    .fileImporter(isPresented: $isPicking, allowedContentTypes: [.zip]) { picked in
      switch picked {
      case .success(let url): Task { await model.take(url) }
      case .failure(let error): model.arrival = .refused(name: "The file", reason: PlainReason.of(error))
      }
    }
    .refreshable { await model.refresh() }
  }

  @ViewBuilder
  private var kept: some View {
    if let bundles = model.bundles {
      if bundles.isEmpty {
        NoBundles()
      } else {
        Section("Bundles on this device") {
          ForEach(bundles, id: \.sha256) { bundle in
            NavigationLink(value: Route.bundle(bundle.sha256)) { BundleRow(bundle: bundle) }
          }
          .onDelete { places in
            let hashes = places.map { bundles[$0].sha256 }
            Task { for hash in hashes { await model.remove(hash) } }
          }
        }
      }
    } else {
      ProgressView("Loading…")
    }
  }
}

/// A bundle in the list.
struct BundleRow: View {
  let bundle: KeptBundle

  var body: some View {
    VStack(alignment: .leading, spacing: 4) {
      Text(bundle.name).font(.headline)
      if let reason = bundle.reason {
        MarkedText(marked: Marked(.bad, reason))
      } else {
        Text(bundle.facts).font(.subheadline).foregroundStyle(.secondary)
      }
      if let job = bundle.lastJob {
        MarkedText(marked: Marked(StateText.mark(job), StateText.of(job))).font(.subheadline)
      }
    }
    .accessibilityElement(children: .combine)
  }
}

/// How a bundle is that arrives, and why one was not taken.
struct ArrivalRow: View {
  let arrival: Arrival
  let forget: @MainActor () -> Void

  var body: some View {
    switch arrival {
    case .none, .kept: EmptyView()
    case .copying(let name): ProgressView("Copying and checking \(name)")
    case .refused(let name, let reason):
      Section {
        MarkedText(marked: Marked(.bad, "\(name) was not added. \(reason)"))
        Button("Got it") { forget() }
      }
    }
  }
}

/// What to do where there is no bundle yet.
struct NoBundles: View {
  var body: some View {
    Section("No bundle yet") {
      Text("A bundle holds exported files and photos. Make one on a computer:")
      Text(verbatim: "pocketseg device bundle FILE… --out NAME")
        .font(.system(.footnote, design: .monospaced))
        .textSelection(.enabled)
      Text("Send NAME.zip to this device by AirDrop or the Files app and open it here, or share it with PocketSeg.")
    }
  }
}
