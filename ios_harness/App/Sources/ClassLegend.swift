import HarnessCore
import SwiftUI

/// The colours of a bundle's classes, the background left out, which is not drawn.
struct ClassLegend: View {
  let classes: [String]
  let colorsRgb: [[Int]]

  var body: some View {
    DisclosureGroup("Colours of the classes") {
      ForEach(classes.indices.dropFirst(), id: \.self) { place in
        HStack(spacing: 8) {
          Circle()
            .fill(color(place))
            .frame(width: 16, height: 16)
            .accessibilityHidden(true)
          Text(classes[place])
        }
      }
    }
  }

  private func color(_ place: Int) -> Color {
    guard place < colorsRgb.count, colorsRgb[place].count == 3 else { return .clear }
    let parts = colorsRgb[place].map { Double($0) / 255 }
    return Color(red: parts[0], green: parts[1], blue: parts[2])
  }
}
