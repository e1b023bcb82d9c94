import SwiftUI

/// A bundle's photos in a row, each a button.
struct PhotoStrip: View {
  let count: Int
  let thumbnails: [Int: CGImage]
  let choose: @MainActor (Int) -> Void

  var body: some View {
    ScrollView(.horizontal) {
      LazyHStack(spacing: 8) {
        ForEach(0..<count, id: \.self) { place in
          Button {
            choose(place)
          } label: {
            picture(place)
          }
          .buttonStyle(.plain)
          .accessibilityLabel("Photo \(String(place + 1)) of \(String(count))")
        }
      }
    }
    .frame(height: 88)
  }

  @ViewBuilder
  private func picture(_ place: Int) -> some View {
    if let image = thumbnails[place] {
      Image(decorative: image, scale: 1)
        .resizable()
        .aspectRatio(contentMode: .fill)
        .frame(width: 80, height: 80)
        .clipShape(RoundedRectangle(cornerRadius: 8))
    } else {
      Text(verbatim: "\(place + 1)")
        .frame(width: 80, height: 80)
        .background(Color.secondary.opacity(0.2), in: RoundedRectangle(cornerRadius: 8))
    }
  }
}
