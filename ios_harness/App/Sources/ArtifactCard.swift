import HarnessCore
import SwiftUI

/// A file of a bundle: what it is, its hash, a button for each of its runs, and a way to its masks.
struct ArtifactCard: View {
  let artifact: BundleArtifact
  let runs: [WantedRun]
  let hash: Marked?
  let look: Route
  let run: @MainActor ([Int]?) -> Void

  var body: some View {
    VStack(alignment: .leading, spacing: 8) {
      Text(artifact.name).font(.headline)
      Text(
        verbatim:
          "\(artifact.target) · \(artifact.heightPx) × \(artifact.widthPx) px · \(Figures.bytes(artifact.sizeBytes))"
      )
      .font(.subheadline)
      .foregroundStyle(.secondary)
      MarkedText(marked: hash ?? Marked(.waiting, "Checking its hash…")).font(.subheadline)
      if !isHere {
        MarkedText(marked: Marked(.none, "This app has no runtime for it.")).font(.subheadline)
      }
      ForEach(runs, id: \.place) { wanted in
        Button("Run: \(wanted.text)") { run([wanted.place]) }
          .buttonStyle(.bordered)
          .disabled(hash?.mark == .bad)
          .accessibilityLabel("Run \(artifact.name), \(wanted.text)")
      }
    }
    NavigationLink("See its masks", value: look)
      .accessibilityLabel("See the masks of \(artifact.name)")
  }

  private var isHere: Bool { Backends.named(artifact.runtime) != nil }
}
