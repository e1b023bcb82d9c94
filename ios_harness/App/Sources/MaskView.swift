import HarnessCore
import SwiftUI

/// A photo with mask and label over it, as the slider stands.
struct MaskView: View {
  let seen: Seen?
  let slider: MaskSlider
  let spoken: String

  var body: some View {
    Group {
      if let photo = seen?.photo {
        shown(photo)
          .overlay { layer(seen?.mask, from: 0, to: slider.maskReach).opacity(slider.maskOpacity) }
          .overlay { if let from = slider.labelFrom { layer(seen?.label, from: from, to: 1) } }
          .overlay { if let from = slider.labelFrom { Line(at: from) } }
      } else {
        Color.secondary.opacity(0.15).aspectRatio(1.5, contentMode: .fit)
      }
    }
    .clipped()
    .accessibilityElement(children: .ignore)
    .accessibilityLabel(spoken)
    .accessibilityAddTraits(.isImage)
  }

  private func shown(_ image: CGImage) -> some View {
    Image(decorative: image, scale: 1)
      .resizable()
      .aspectRatio(contentMode: .fit)
  }

  /// A mask or label: each pixel as it is, never smoothed, and no more of it than from one share of the width to another.
  @ViewBuilder
  private func layer(_ image: CGImage?, from: Double, to: Double) -> some View {
    if let image {
      Image(decorative: image, scale: 1)
        .resizable()
        .interpolation(.none)
        .mask {
          GeometryReader { space in
            Rectangle()
              .frame(width: space.size.width * max(0, to - from))
              .offset(x: space.size.width * from)
          }
        }
    }
  }
}

/// Where mask and label meet.
struct Line: View {
  let at: Double

  var body: some View {
    GeometryReader { space in
      Rectangle()
        .fill(Color.white)
        .frame(width: 2)
        .offset(x: space.size.width * at - 1)
    }
  }
}
