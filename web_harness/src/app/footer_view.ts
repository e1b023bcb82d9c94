// The foot of the page: what is measured and how sure it is, versions, licences.

import type { SessionFacts } from "../run/session";
import { el } from "./dom";

/** Return the footer's content. */
export function footer(session: SessionFacts | null): HTMLElement[] {
  const version = session === null ? "" : `PocketSeg ${session.program_version}`;
  const commit = session?.commit ? ` (${session.commit.slice(0, 12)})` : "";
  return [
    el(
      "details",
      {},
      el("summary", {}, "What is measured, and how sure it is"),
      el(
        "ul",
        {},
        el(
          "li",
          {},
          "A time is that of one run on one photo's pixels, until its output is in hand; decoding and resizing are not in it.",
        ),
        el(
          "li",
          {},
          "Files take turns, each time in a new worker. The figure is the median of the undisturbed turns; the range beside it is its 95 % interval.",
        ),
        el(
          "li",
          {},
          "Around each turn a fixed piece of work is timed: where it is slow, the device was busy or hot, and the turn does not count.",
        ),
        el(
          "li",
          {},
          "VALID: the figure can be relied on. UNSTABLE: it is doubtful. INVALID: it is no measurement. The reasons stand beside it.",
        ),
        el(
          "li",
          {},
          "The golden check holds every mask against the computer's, pixel by pixel. A fast file whose masks are wrong has failed.",
        ),
        el(
          "li",
          {},
          "Times of a browser compare with those of the same browser on the same device, not with an app's.",
        ),
      ),
    ),
    el(
      "p",
      { class: "muted" },
      version + commit,
      version === "" ? "" : " · ",
      el("a", { href: "licences.txt" }, "Licences"),
      " · Nothing is loaded from, or sent to, anywhere but the address of this page.",
    ),
  ];
}
