// One's own photo: picked, taken, dropped or pasted; decoded, resized by the product's rule, and segmented here.

import type { Picture } from "../pixels/arrays";
import { Compare } from "./compare";
import { el, fill, say, section, show } from "./dom";
import { ms } from "./figures";
import { legend, mapWords } from "./legend";
import { colored, opaque } from "./mask_pixels";
import type { OpenedBundle, Parts } from "./parts";
import { plain } from "./plain";
import { BrokenOff, type SharedLooker } from "./shared_looker";

// A photo file of a phone is 20 MB at the most; what is far beyond is no photo, or would end the tab.
const MOST_BYTES = 100_000_000;
const LONG_MS = 8000;

const WITHOUT = "Your photo, without a mask yet";
const LATER = "Your photo waits until the files are measured; then its classes are found.";
const LONG = "Still finding the classes: this file takes long on this device.";

/** The view of one's own photo. */
export class PhotoView {
  readonly root: HTMLElement;
  private readonly compare = new Compare("photo", "No photo was chosen yet");
  private readonly list = el("ul", { class: "legend" });
  private readonly words = el("p", { class: "status", role: "status" });
  private readonly files: HTMLSelectElement;
  private readonly inputs: HTMLInputElement[];
  private readonly result: HTMLElement;
  private readonly blocked = el("p", { class: "note" });
  private readonly drop: HTMLElement;
  private picture: Picture | null = null;
  /** Whether a photo waits for the end of a measurement. */
  private isWaiting = false;
  private isBlocked = false;
  private turn = 0;

  constructor(
    private readonly parts: Parts,
    private readonly bundle: OpenedBundle,
    private readonly looker: SharedLooker,
  ) {
    this.files = filesChoice("photo-file", "File that looks at your photo", bundle, () => void this.look());
    const pick = input("Choose a photo", {}, (file) => void this.take(file));
    const take = input("Take a photo", { capture: "environment" }, (file) => void this.take(file));
    take.label.classList.add("touch");
    this.inputs = [pick.field, take.field];
    this.drop = el(
      "div",
      { class: "drop" },
      el("div", { class: "buttons" }, pick.label, take.label),
      el(
        "p",
        { class: "muted" },
        "Or drop or paste one here. It stays in this browser: nothing of it is sent or kept.",
      ),
    );
    this.result = el(
      "div",
      { class: "viewer" },
      this.compare.root,
      el("div", { class: "beside" }, el("h3", {}, "Classes"), this.list),
    );
    this.root = section(
      "photo",
      "Your own photo",
      this.blocked,
      el("div", { class: "field" }, el("label", { for: "photo-file" }, "File"), this.files),
      this.drop,
      this.words,
      this.result,
    );
    show(this.result, false);
    show(this.blocked, false);
    this.listen();
  }

  /** While a job measures, photos wait. */
  block(why: string | null): void {
    this.isBlocked = why !== null;
    say(this.blocked, why ?? "");
    show(this.blocked, why !== null);
    for (const field of this.inputs) field.disabled = this.isBlocked;
    this.files.disabled = this.isBlocked;
    this.drop.classList.toggle("off", this.isBlocked);
    if (!this.isBlocked && this.isWaiting) {
      this.isWaiting = false;
      void this.look();
    }
  }

  private listen(): void {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.drop.classList.toggle("over", !this.isBlocked);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", () => this.drop.classList.remove("over"));
    document.addEventListener("drop", (event) => {
      this.drop.classList.remove("over");
      const file = event.dataTransfer?.files[0];
      if (file === undefined) return;
      event.preventDefault(); // A photo that is dropped beside the field must not replace the page.
      void this.take(file);
    });
    document.addEventListener("paste", (event) => {
      const file = event.clipboardData?.files[0];
      if (file !== undefined) void this.take(file);
    });
  }

  private async take(file: File): Promise<void> {
    if (this.isBlocked) return;
    this.turn += 1;
    const turn = this.turn;
    this.root.scrollIntoView({ block: "nearest" });
    this.forget();
    if (file.size > MOST_BYTES) {
      say(this.words, "This file is larger than a photo: 100 MB at the most.");
      return;
    }
    say(this.words, "Reading the photo…");
    try {
      const picture = await this.parts.decode(file);
      if (turn !== this.turn) return;
      this.picture = picture;
      this.compare.photo(opaque(picture));
      show(this.result, true);
      await this.look();
    } catch (error) {
      if (turn === this.turn)
        say(
          this.words,
          plain(error, "This browser cannot read that as a photo. JPEG, PNG and WebP work everywhere."),
        );
    }
  }

  private async look(): Promise<void> {
    const { picture } = this;
    if (picture === null) return;
    if (this.isBlocked) return this.later();
    this.turn += 1;
    const turn = this.turn;
    this.bare(); // what another file found is none of this one's
    say(this.words, "Finding the classes…");
    const long = setTimeout(() => turn === this.turn && say(this.words, LONG), LONG_MS);
    try {
      const seen = await this.looker.look(Number(this.files.value), picture);
      if (turn !== this.turn) return;
      const { classes, colors_rgb } = this.bundle.content;
      this.compare.mask(
        colored(seen.map, colors_rgb),
        `Your photo with its mask: ${mapWords(seen.map, classes)}`,
      );
      legend(this.list, classes, colors_rgb, seen.map);
      say(
        this.words,
        `${ms(seen.run_ms)} for the file, ${ms(seen.whole_ms)} with resizing: a glance, not a measurement.`,
      );
    } catch (error) {
      if (turn !== this.turn) return;
      if (error instanceof BrokenOff) this.later();
      else say(this.words, plain(error, "This file does not run here."));
    } finally {
      clearTimeout(long);
    }
  }

  private later(): void {
    if (!this.isBlocked) return void this.look(); // the measurement was over before this was heard
    this.isWaiting = true;
    say(this.words, LATER);
  }

  /** Leave nothing of the photo before. */
  private forget(): void {
    this.picture = null;
    this.isWaiting = false;
    this.bare();
    show(this.result, false);
  }

  private bare(): void {
    this.compare.mask(null, WITHOUT);
    fill(this.list);
  }
}

/** Return a choice of the bundle's files. */
export function filesChoice(
  id: string,
  words: string,
  bundle: OpenedBundle,
  changed: () => void,
): HTMLSelectElement {
  const { content, manifests } = bundle;
  return el(
    "select",
    { id, "aria-label": words, onchange: changed },
    ...content.artifacts.map((artifact, place) => {
      const manifest = manifests[place];
      const name = manifest ? `${manifest.model} ${manifest.precision} ${artifact.target}` : artifact.name;
      return el("option", { value: String(place) }, name);
    }),
  );
}

function input(name: string, more: Readonly<Record<string, string>>, taken: (file: File) => void) {
  const field = el("input", {
    type: "file",
    accept: "image/*",
    class: "away",
    ...more,
    onchange: () => {
      const file = field.files?.[0];
      if (file !== undefined) taken(file);
      field.value = ""; // The same photo once more is a choice, too.
    },
  });
  return { field, label: el("label", { class: "button" }, field, name) };
}
