import HarnessCore
import SwiftUI

/// A run in the table: its time, how far that may be trusted, whether the output is right; opened, all the rest.
struct ResultCard: View {
  let row: RecordRow

  var body: some View {
    VStack(alignment: .leading, spacing: 6) {
      Text(row.title).font(.headline)
      if !row.asked.isEmpty { Text(row.asked).font(.subheadline).foregroundStyle(.secondary) }
      if !row.figure.isEmpty {
        Text(row.figure).font(.title2.monospacedDigit())
        Text(row.interval).font(.subheadline).foregroundStyle(.secondary)
      }
      ForEach(row.lines.indices, id: \.self) { place in MarkedText(marked: row.lines[place]) }
    }
    .accessibilityElement(children: .ignore)
    .accessibilityLabel(row.spoken)
    if !row.details.isEmpty {
      DisclosureGroup("Details and reasons") {
        ForEach(row.details, id: \.name) { detail in
          LabeledContent(detail.name, value: detail.value)
        }
        if !row.reasons.isEmpty {
          Text("Why this verdict").font(.subheadline).foregroundStyle(.secondary)
          ForEach(row.reasons, id: \.self) { reason in Text(reason) }
        }
      }
      .accessibilityLabel("Details and reasons of \(row.title)")
    }
  }
}
