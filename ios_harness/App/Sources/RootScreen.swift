import HarnessCore
import SwiftUI

/// The list of bundles, what is reached from it, and over all of it a job that runs.
struct RootScreen: View {
  @EnvironmentObject private var model: AppModel
  @EnvironmentObject private var runner: JobRunner
  @Environment(\.scenePhase) private var phase

  var body: some View {
    NavigationStack(path: $model.path) {
      BundlesScreen()
        .navigationDestination(for: Route.self) { route in
          switch route {
          case .bundle(let hash): BundleScreen(sha256: hash)
          case .results(let job): ResultsScreen(job: job)
          case .photo(let bundle, let artifact, let photo):
            PhotoScreen(bundle: bundle, artifact: artifact, photo: photo)
          case .camera(let bundle, let artifact): CameraScreen(bundle: bundle, artifact: artifact)
          }
        }
    }
    .fullScreenCover(isPresented: $runner.isShown) { RunScreen() }
    .alert("A job was not finished", isPresented: isLeft) {
      Button("Go on") { model.goOn() }
      Button("Give it up", role: .destructive) { model.giveUp() }
    } message: {
      Text("The app ended while it ran a file. If it goes on, that file is tried again, or counts as failed.")
    }
    .onOpenURL { url in Task { await model.take(url) } }
    .onChange(of: phase, initial: true) {
      model.front.phase(phase)
      if phase == .active { Task { await model.cameBack() } }
    }
    .task { await model.start() }
  }

  /// The alert must not close without an answer: both buttons give one.
  private var isLeft: Binding<Bool> {
    Binding(get: { model.unfinished != nil && !runner.isShown }, set: { _ in })
  }
}
