// A photo with something over it, more or less see-through, by a slider that keys move, too.

import { clear, describe, drawImage, drawPixels, picture } from "./canvas";
import { el, say } from "./dom";
import type { Rgba } from "./mask_pixels";

const FIRST = 65;

/** The view: `root` is put into the page, the others change what it shows. */
export class Compare {
  readonly root: HTMLElement;
  private readonly under: HTMLCanvasElement;
  private readonly over: HTMLCanvasElement;
  private readonly slider: HTMLInputElement;
  private readonly value = el("span", { class: "value", "aria-hidden": "true" }, `${FIRST} %`);

  constructor(id: string, words: string) {
    this.under = picture(words, "under");
    this.over = picture("", "over");
    this.over.setAttribute("aria-hidden", "true");
    this.slider = el("input", {
      type: "range",
      id: `${id}-blend`,
      min: "0",
      max: "100",
      step: "5",
      value: String(FIRST),
      oninput: () => this.blend(),
    });
    this.root = el(
      "div",
      { class: "compare" },
      el("div", { class: "stack" }, this.under, this.over),
      el(
        "div",
        { class: "blend" },
        el("label", { for: `${id}-blend` }, "Photo"),
        this.slider,
        el("span", { "aria-hidden": "true" }, "Mask"),
        this.value,
      ),
    );
    this.slider.setAttribute("aria-label", "Opacity of the mask over the photo");
    this.blend();
  }

  /** Show this photo. */
  photo(image: ImageBitmap | Rgba): void {
    if (image instanceof ImageBitmap) drawImage(this.under, image);
    else drawPixels(this.under, image);
    this.root.style.setProperty("--ratio", `${this.under.width} / ${this.under.height}`);
    this.root.style.setProperty("--wide", String(this.under.width / this.under.height));
  }

  /** Lay this over it; null: nothing. `words` stand for both. */
  mask(pixels: Rgba | null, words: string): void {
    if (pixels === null) clear(this.over);
    else drawPixels(this.over, pixels);
    describe(this.under, words);
  }

  private blend(): void {
    this.over.style.opacity = String(Number(this.slider.value) / 100);
    const text = `${this.slider.value} %`;
    this.slider.setAttribute("aria-valuetext", text);
    say(this.value, text);
  }
}
