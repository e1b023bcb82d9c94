// What the camera sees with the mask that a file gives of it; a glance, not a measurement.

import { CameraFault, openCamera } from "./camera";
import { describe, drawPixels, picture } from "./canvas";
import { el, fill, say, section, show } from "./dom";
import { ms } from "./figures";
import { FrameRate } from "./frame_rate";
import { legend, mapWords } from "./legend";
import { colored, opaque, type Rgba } from "./mask_pixels";
import type { OpenedBundle } from "./parts";
import { filesChoice } from "./photo_view";
import { plain } from "./plain";
import type { SharedLooker } from "./shared_looker";

/** The view of the camera; without one it is the sentence why. */
export class CameraView {
  readonly root: HTMLElement;
  private readonly under = picture("The camera's picture", "under");
  private readonly over = picture("", "over");
  private readonly words = el("p", { class: "status", role: "status" });
  private readonly waits = el("p", { class: "note" });
  private readonly rate = el("p", { class: "muted rate" });
  private readonly list = el("ul", { class: "legend" });
  private readonly files: HTMLSelectElement;
  private readonly toggle = el(
    "button",
    { type: "button", class: "primary", onclick: () => void this.switch() },
    "Start the camera",
  );
  private readonly turnAround = el(
    "button",
    { type: "button", onclick: () => void this.around() },
    "Front camera",
  );
  private readonly live: HTMLElement;
  private facing: "environment" | "user" = "environment";
  private running: AbortController | null = null;
  private blocked = false;

  constructor(
    private readonly bundle: OpenedBundle,
    private readonly looker: SharedLooker,
    lost: { readonly why: string; readonly instead: string | null } | null,
  ) {
    this.over.setAttribute("aria-hidden", "true");
    this.files = filesChoice("camera-file", "File that looks through the camera", bundle, () =>
      fill(this.list),
    );
    this.live = el(
      "div",
      { class: "viewer" },
      el("div", { class: "compare" }, el("div", { class: "stack" }, this.under, this.over), this.rate),
      el("div", { class: "beside" }, el("h3", {}, "Classes"), this.list),
    );
    show(this.live, false);
    show(this.waits, false);
    show(this.turnAround, false);
    this.root = section(
      "camera",
      "Live camera",
      ...(lost === null
        ? [
            this.waits,
            el("div", { class: "field" }, el("label", { for: "camera-file" }, "File"), this.files),
            el("div", { class: "buttons" }, this.toggle, this.turnAround),
            el(
              "p",
              { class: "muted" },
              "Pictures stay in this browser, and none is kept. It stops when this page is hidden.",
            ),
            this.words,
            this.live,
          ]
        : [el("p", {}, lost.why), lost.instead === null ? null : el("p", { class: "way" }, lost.instead)]),
    );
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.stop("The camera was stopped because the page was hidden.");
    });
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.stop("");
    });
  }

  /** While a job measures, the camera waits. */
  block(why: string | null): void {
    this.blocked = why !== null;
    if (this.blocked) this.stop("");
    this.toggle.disabled = this.blocked;
    this.files.disabled = this.blocked;
    say(this.waits, why ?? "");
    show(this.waits, why !== null);
  }

  private async switch(): Promise<void> {
    if (this.running === null) await this.start();
    else this.stop("");
  }

  private async around(): Promise<void> {
    this.facing = this.facing === "user" ? "environment" : "user";
    this.stop("");
    await this.start();
  }

  private stop(why: string): void {
    if (this.running === null) return;
    this.running.abort();
    this.running = null;
    say(this.toggle, "Start the camera");
    show(this.turnAround, false);
    say(this.words, why);
    say(this.rate, "");
  }

  private async start(): Promise<void> {
    if (this.blocked) return;
    const mine = new AbortController();
    this.running = mine;
    say(this.toggle, "Stop");
    say(this.words, "Asking for the camera…");
    try {
      const camera = await openCamera(this.facing, mine.signal);
      if (mine.signal.aborted) return;
      say(this.turnAround, this.facing === "user" ? "Back camera" : "Front camera");
      show(this.turnAround, true);
      show(this.live, true);
      say(this.words, "Loading the file…");
      const rate = new FrameRate();
      while (!mine.signal.aborted) {
        const frame = await camera.next();
        if (mine.signal.aborted) return;
        const begun = performance.now();
        const seen = await this.looker.look(Number(this.files.value), frame);
        if (mine.signal.aborted) return;
        this.draw(
          opaque(frame),
          colored(seen.map, this.bundle.content.colors_rgb),
          mapWords(seen.map, this.bundle.content.classes),
        );
        legend(this.list, this.bundle.content.classes, this.bundle.content.colors_rgb, seen.map);
        rate.took(performance.now());
        say(this.words, "");
        say(
          this.rate,
          `${rate.text()}, ${ms(seen.run_ms)} for the file, ${ms(performance.now() - begun)} in all: a glance, not a measurement.`,
        );
      }
    } catch (error) {
      if (mine.signal.aborted) return;
      this.stop("");
      say(
        this.words,
        error instanceof CameraFault ? error.message : plain(error, "This file does not run here."),
      );
    } finally {
      mine.abort();
    }
  }

  private draw(frame: Rgba, mask: Rgba, words: string): void {
    drawPixels(this.under, frame);
    drawPixels(this.over, mask);
    describe(this.under, `The camera's picture with its mask: ${words}`);
    this.live.style.setProperty("--ratio", `${frame.width_px} / ${frame.height_px}`);
    this.live.style.setProperty("--wide", String(frame.width_px / frame.height_px));
  }
}
