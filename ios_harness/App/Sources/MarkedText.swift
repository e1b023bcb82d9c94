import HarnessCore
import SwiftUI

/// A text with a sign and a colour that say the same as its words.
struct MarkedText: View {
  let marked: Marked

  var body: some View {
    Label {
      Text(marked.text)
    } icon: {
      Image(systemName: symbol)
        .foregroundStyle(color)
        .accessibilityHidden(true)
    }
    .accessibilityElement(children: .combine)
  }

  private var symbol: String {
    switch marked.mark {
    case .good: "checkmark.circle.fill"
    case .doubtful: "exclamationmark.triangle.fill"
    case .bad: "xmark.octagon.fill"
    case .waiting: "hourglass"
    case .none: "circle"
    }
  }

  private var color: Color {
    switch marked.mark {
    case .good: Color("Good")
    case .doubtful: Color("Doubtful")
    case .bad: Color("Bad")
    case .waiting: Color.accentColor
    case .none: Color.secondary
    }
  }
}
