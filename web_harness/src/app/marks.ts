// A sign beside a text that says at a glance how it stands; sign and colour say the same, the text says it all.

import { el } from "./dom";

export type Mark = "good" | "doubtful" | "bad" | "waiting" | "none";

/** A line with its sign. */
export interface Marked {
  readonly mark: Mark;
  readonly text: string;
}

const SIGNS: Readonly<Record<Mark, string>> = { good: "✓", doubtful: "!", bad: "✕", waiting: "…", none: "–" };

/** Return a line as an element, its sign for the eyes alone. */
export function markedLine(marked: Marked, tag: "p" | "span" | "li" | "div" = "p"): HTMLElement {
  return el(
    tag,
    { class: `marked ${marked.mark}` },
    el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[marked.mark]),
    el("span", {}, marked.text),
  );
}
