import HarnessCore
import SwiftUI
import UIKit

/// What the camera sees with the mask that a file of the bundle gives of it; a glance, not a measurement.
struct CameraScreen: View {
  @StateObject private var model: CameraModel
  @Environment(\.scenePhase) private var phase
  @Environment(\.openURL) private var openURL

  init(bundle: String, artifact: Int) {
    _model = StateObject(wrappedValue: CameraModel(sha256: bundle, artifact: artifact))
  }

  var body: some View {
    List {
      switch model.permission {
      case .asking: ProgressView("Asking for the camera…")
      case .allowed: live
      case .refused: refused
      }
    }
    .navigationTitle("Live camera")
    .task(id: Shown(artifact: model.artifact, isFront: model.isFront)) {
      model.stop()
      await model.start()
    }
    .onChange(of: phase) { model.phase(phase) }
    .onAppear { ScreenAwake.hold(.camera) }
    .onDisappear {
      ScreenAwake.release(.camera)
      model.stop()
    }
  }

  @ViewBuilder
  private var live: some View {
    Section {
      MaskView(
        seen: model.frame.map { Seen(photo: $0.picture, mask: $0.mask) }, slider: MaskSlider(hasLabel: false),
        spoken: "Camera picture with mask")
      if model.isLoading { ProgressView("Loading the file…") }
      if model.isStalled {
        MarkedText(marked: Marked(.doubtful, "No pictures come: a call or another app may have the camera."))
      }
      if let reason = model.reason { MarkedText(marked: Marked(.bad, "This does not run: \(reason)")) }
      if let frame = model.frame {
        Text(
          verbatim:
            "\(Figures.ms(frame.ms)) a run, \(Figures.ms(frame.allMs)) from camera to mask: a glance, not a measurement"
        )
        .monospacedDigit()
      }
    }
    Section {
      if let content = model.content {
        Picker("File", selection: $model.artifact) {
          ForEach(content.artifacts.indices, id: \.self) { place in Text(content.artifacts[place].name).tag(place) }
        }
      }
      Toggle("Front camera", isOn: $model.isFront)
      Text("Pictures stay on this device, and none is kept.").foregroundStyle(.secondary)
    }
  }

  @ViewBuilder
  private var refused: some View {
    Text("The camera was refused, so there is nothing to show. You can allow it in the settings of this app.")
    Button("Open the settings") {
      if let url = URL(string: UIApplication.openSettingsURLString) { openURL(url) }
    }
  }
}

/// What the camera screen shows: another of these begins anew.
struct Shown: Equatable {
  let artifact: Int
  let isFront: Bool
}
