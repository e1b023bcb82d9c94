import HarnessCore
import PhotosUI
import SwiftUI

/// A photo, its label, and the mask that a file of the bundle gives of it on this device.
struct PhotoScreen: View {
  @StateObject private var model: PhotoModel

  init(bundle: String, artifact: Int, photo: Int) {
    _model = StateObject(wrappedValue: PhotoModel(sha256: bundle, artifact: artifact, photo: photo))
  }

  var body: some View {
    List {
      Section {
        MaskView(seen: model.seen, slider: model.slider, spoken: model.spoken)
        said
        SliderRow(slider: $model.slider)
      }
      if let content = model.content {
        Section("File and photo") {
          Picker("File", selection: $model.artifact) {
            ForEach(content.artifacts.indices, id: \.self) { place in Text(content.artifacts[place].name).tag(place) }
          }
          let count = content.photos.count
          Stepper(
            "Photo \(String(model.photo + 1)) of \(String(count))", value: $model.photo, in: 0...max(0, count - 1))
          PhotosPicker("A photo of your own", selection: $model.picked, matching: .images)
        }
        Section { ClassLegend(classes: content.classes, colorsRgb: content.colorsRgb) }
      }
    }
    .navigationTitle("Photo and mask")
    .task { await model.look() }
    .onChange(of: model.artifact) { Task { await model.look() } }
    .onChange(of: model.photo) { Task { await model.turn(to: model.photo) } }
    .onChange(of: model.picked) { if model.picked != nil { Task { await model.look() } } }
  }

  @ViewBuilder
  private var said: some View {
    if model.isBusy { ProgressView("Running the file on this photo…") }
    if let reason = model.seen?.reason { MarkedText(marked: Marked(.bad, reason)) }
    if let share = model.seen?.agreement {
      Text(verbatim: "\(Figures.percent(share)) of the pixels are as on the computer")
    }
    if let ms = model.seen?.ms {
      Text(verbatim: "\(Figures.ms(ms)): one run, not a measurement").foregroundStyle(.secondary)
    }
  }
}

/// The slider over a photo, and which comparison it moves.
struct SliderRow: View {
  @Binding var slider: MaskSlider

  var body: some View {
    if slider.comparisons.count > 1 {
      Picker("Comparison", selection: Binding(get: { slider.comparison }, set: { slider.choose($0) })) {
        ForEach(slider.comparisons, id: \.self) { each in Text(each.label).tag(each) }
      }
      .pickerStyle(.segmented)
    }
    Slider(value: Binding(get: { slider.share }, set: { slider.move(to: $0) }), in: 0...1)
      .accessibilityLabel(slider.comparison.label)
      .accessibilityValue(slider.spoken)
  }
}
