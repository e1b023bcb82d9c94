// From an empty page to an open bundle, or to a sentence that says why there is none.

import { el, fill, section, show } from "./dom";
import { bytes } from "./figures";
import { footer } from "./footer_view";
import { withCode } from "./header_view";
import { hereOf } from "./here";
import { Page } from "./page";
import { type FaultKind, faultText, PageFault } from "./page_faults";
import type { Parts } from "./parts";
import { plain } from "./plain";
import { hearStray } from "./stray";

/** Open the page. `connect`: finds out what it was given; throws PageFault. */
export async function boot(connect: () => Promise<Parts>): Promise<void> {
  const header = part("head");
  const main = part("app");
  const foot = part("foot");
  document.documentElement.dataset.started = "yes";
  fill(foot, ...footer(null));
  hearStray(globalThis, (sentence) => stray(main, sentence));
  try {
    checkBrowser();
    const parts = await connect();
    fill(foot, ...footer(parts.session));
    const bundle = await parts.open(loading(main));
    const here = await hereOf(parts.session.mode, bundle.content);
    const page = new Page(parts, bundle, here, header, main);
    document.title = `${bundle.content.name} · PocketSeg`;
    await page.open();
  } catch (error) {
    fault(main, error);
  }
}

function checkBrowser(): void {
  if (typeof WebAssembly !== "object") throw new PageFault("no WebAssembly");
  if (typeof OffscreenCanvas !== "function" || typeof createImageBitmap !== "function")
    throw new PageFault("old browser");
}

function loading(main: HTMLElement): (done: number, all: number) => void {
  const bar = el("progress", { "aria-label": "Loading the files" });
  const words = el("p", { class: "muted" }, "Loading the files…");
  fill(main, section("loading", "Loading", bar, words));
  return (done, all) => {
    bar.max = Math.max(1, all);
    bar.value = done;
    words.textContent = `${bytes(done)} of ${bytes(all)}, each file checked by its hash`;
  };
}

function fault(main: HTMLElement, error: unknown): void {
  const kind: FaultKind = error instanceof PageFault ? error.kind : "failed";
  const text = faultText(kind);
  const detail = error instanceof PageFault ? error.detail : plain(error, "");
  const again = el(
    "button",
    { type: "button", class: "primary", onclick: () => location.reload() },
    "Try again",
  );
  show(again, text.can_retry);
  const box = section(
    "fault",
    text.title,
    el("p", {}, ...withCode(text.text)),
    detail === "" ? null : el("p", { class: "muted detail" }, detail),
    el("div", { class: "buttons" }, again),
  );
  box.setAttribute("role", "alert");
  // What was measured and drawn stays below: a fault later on takes no results from the eyes.
  if (main.querySelector("#results") === null) fill(main, box);
  else main.prepend(box);
}

/** Say what went wrong beside what the page was doing; it may go on, so nothing is taken away. The last counts. */
function stray(main: HTMLElement, sentence: string): void {
  const words = el("p", { class: "note warn", id: "stray", role: "alert" }, sentence);
  const before = document.getElementById("stray");
  if (before === null) main.before(words);
  else before.replaceWith(words);
}

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
}
