// The top of the page: what this is, what it was given, and what the connection takes away.

import type { Connection, Loss } from "./connection";
import { type Child, el, fill } from "./dom";
import { count } from "./figures";
import { markedLine } from "./marks";
import type { OpenedBundle } from "./parts";

/** Return the header's content once the bundle is open. */
export function headline(bundle: OpenedBundle): Child[] {
  const { content } = bundle;
  const labelled = content.photos.filter((photo) => photo.label !== null).length;
  const photos =
    labelled === content.photos.length
      ? count(labelled, "labelled photo")
      : `${count(content.photos.length, "photo")}, ${labelled} of them labelled`;
  return [
    el("h1", {}, content.name),
    el(
      "p",
      { class: "facts" },
      `${count(content.artifacts.length, "file")}, ${photos}, ${count(content.classes.length, "class").replace("classs", "classes")}`,
    ),
    el(
      "p",
      { class: "lead" },
      "This page runs these files in this browser, times them, and holds their masks against those of the computer that exported them.",
    ),
  ];
}

/** Return what the connection takes away, as a section's content. */
export function connectionView(connection: Connection): Child[] {
  const chips = el("ul", { class: "chips" }, ...connection.chips.map((chip) => markedLine(chip, "li")));
  if (connection.losses.length === 0) return [chips, el("p", { class: "muted" }, connection.fine)];
  return [
    chips,
    el(
      "details",
      { class: "losses", open: matchMedia("(min-width: 720px)").matches },
      el(
        "summary",
        {},
        `${count(connection.losses.length, "thing")} that this page cannot have here, and why`,
      ),
      el("dl", {}, ...connection.losses.flatMap(lossView)),
      connection.way_out === null
        ? null
        : el("p", { class: "note" }, el("b", {}, "The way out. "), ...withCode(connection.way_out)),
    ),
    el("p", { class: "muted" }, connection.fine),
  ];
}

/** Put text into an element with what stands between backticks as code. */
export function withCode(text: string): Child[] {
  return text.split("`").map((part, place) => (place % 2 === 1 ? el("code", {}, part) : part));
}

/** Put a paragraph with code into an element. */
export function fillText(node: Element, text: string): void {
  fill(node, ...withCode(text));
}

function lossView(loss: Loss): HTMLElement[] {
  return [
    el("dt", {}, loss.what),
    el(
      "dd",
      {},
      el("p", {}, loss.why),
      loss.instead === null ? null : el("p", { class: "way" }, ...withCode(loss.instead)),
    ),
  ];
}
