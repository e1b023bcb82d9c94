// The gallery: a photo with its label, the computer's map, this browser's map, and where the two differ.

import type { ClassMap } from "../pixels/arrays";
import { drawImage, drawPixels, picture } from "./canvas";
import { Compare } from "./compare";
import { el, say, section, show } from "./dom";
import { fadeSides } from "./fading";
import { percent } from "./figures";
import type { KeptMaps } from "./kept_maps";
import { legend, mapWords } from "./legend";
import { agreement, colored, difference, type Rgba } from "./mask_pixels";
import type { OpenedBundle } from "./parts";
import { nameOf } from "./table_model";

const LAYERS = ["browser", "computer", "difference", "label"] as const;
type Layer = (typeof LAYERS)[number];
const NAMES: Readonly<Record<Layer, string>> = {
  browser: "This browser",
  computer: "The computer",
  difference: "Where they differ",
  label: "The label",
};

// In a small picture a difference of a pixel would be lost: it is drawn as a spot of this share of the height.
const SMALL_SPREAD = 1 / 160;

interface Shown {
  readonly image: ImageBitmap;
  readonly maps: Readonly<Record<Layer, ClassMap | null>>;
}

/** The view of the masks. */
export class MasksView {
  readonly root: HTMLElement;
  private readonly compare = new Compare("masks", "Nothing is shown yet");
  private readonly files = el("select", {
    id: "masks-file",
    "aria-label": "File whose masks are shown",
    onchange: () => void this.refresh(),
  });
  private readonly strip = el("div", { class: "strip", role: "group", "aria-label": "Photos of the bundle" });
  private readonly tiles = el("div", {
    class: "tiles",
    role: "group",
    "aria-label": "What lies over the photo",
  });
  private readonly list = el("ul", { class: "legend" });
  private readonly words = el("p", { class: "muted", "aria-live": "polite" });
  private readonly canvases = new Map<Layer, HTMLCanvasElement>();
  private readonly buttons = new Map<Layer, HTMLButtonElement>();
  private readonly thumbs: HTMLButtonElement[] = [];
  private photo = 0;
  private wanted: Layer = "browser";
  private layer: Layer = "browser";
  private shown: Shown | null = null;
  private turn = 0;

  constructor(
    private readonly bundle: OpenedBundle,
    private readonly maps: KeptMaps,
  ) {
    const { content, manifests } = bundle;
    content.job.runs.forEach((_, run) => {
      this.files.append(el("option", { value: String(run) }, nameOf(run, content, manifests)));
    });
    for (const layer of LAYERS) this.tile(layer);
    for (const place of content.photos.keys()) this.thumb(place);
    fadeSides(this.strip);
    this.root = section(
      "masks",
      "Masks",
      el("div", { class: "field" }, el("label", { for: "masks-file" }, "File"), this.files),
      this.strip,
      el(
        "div",
        { class: "viewer" },
        this.compare.root,
        el("div", { class: "beside" }, this.tiles, this.words, el("h3", {}, "Classes"), this.list),
      ),
    );
    void this.refresh();
  }

  /** Take notice of a map that came. */
  came(run: number, photo: number): void {
    if (run === Number(this.files.value) && photo === this.photo) void this.refresh();
  }

  /** Take notice that maps went. */
  renew(): void {
    void this.refresh();
  }

  /** Show this photo. */
  choose(photo: number): void {
    this.photo = photo;
    this.thumbs.forEach((thumb, place) => {
      thumb.setAttribute("aria-pressed", String(place === photo));
    });
    void this.refresh();
  }

  private thumb(place: number): void {
    // decoded with the frame that shows it: a busy processor would leave the button empty for minutes
    const image = el("img", { alt: "", decoding: "sync" });
    const thumb = el(
      "button",
      {
        type: "button",
        "aria-pressed": String(place === 0),
        "aria-label": `Photo ${place + 1}`,
        onclick: () => this.choose(place),
      },
      image,
    );
    this.thumbs.push(thumb);
    this.strip.append(thumb);
    void this.bundle.photo(place).then((blob) => {
      const url = URL.createObjectURL(blob);
      const free = () => URL.revokeObjectURL(url);
      image.addEventListener("load", free, { once: true });
      image.addEventListener("error", free, { once: true });
      image.src = url;
    }, ignore);
  }

  private tile(layer: Layer): void {
    const canvas = picture("", "small");
    canvas.setAttribute("aria-hidden", "true");
    const button = el(
      "button",
      {
        type: "button",
        "aria-pressed": String(layer === this.layer),
        onclick: () => {
          this.wanted = layer;
          this.draw();
        },
      },
      canvas,
      el("span", {}, NAMES[layer]),
    );
    this.canvases.set(layer, canvas);
    this.buttons.set(layer, button);
    this.tiles.append(button);
  }

  private async refresh(): Promise<void> {
    this.turn += 1;
    const turn = this.turn;
    const run = Number(this.files.value);
    const artifact = this.bundle.content.job.runs[run]?.artifact ?? 0;
    const photo = this.photo;
    try {
      const [image, computer, label] = await Promise.all([
        this.bundle.photo(photo).then((blob) => createImageBitmap(blob)),
        this.bundle.golden(artifact, photo),
        this.bundle.label(photo),
      ]);
      if (turn !== this.turn) return image.close();
      this.shown?.image.close();
      const browser = this.maps.get(run, photo);
      this.shown = { image, maps: { browser, computer, difference: browser, label } };
      this.compare.photo(image);
      this.draw();
    } catch {
      if (turn === this.turn)
        say(this.words, "This browser cannot show this photo; it is measured all the same.");
    }
  }

  private draw(): void {
    if (this.shown === null) return;
    const { maps, image } = this.shown;
    const instead = maps.browser === null ? "computer" : "browser";
    this.layer = maps[this.wanted] === null ? instead : this.wanted;
    for (const layer of LAYERS) {
      const canvas = this.canvases.get(layer)!;
      const button = this.buttons.get(layer)!;
      button.disabled = maps[layer] === null;
      button.setAttribute("aria-pressed", String(layer === this.layer));
      const pixels = this.pixels(layer, SMALL_SPREAD);
      if (pixels === null) drawImage(canvas, image);
      else drawPixels(canvas, pixels);
      canvas.classList.toggle("absent", pixels === null);
      show(button, layer !== "label" || maps.label !== null);
    }
    const map = maps[this.layer];
    this.compare.mask(this.pixels(this.layer), this.spoken(map));
    legend(
      this.list,
      this.bundle.content.classes,
      this.bundle.content.colors_rgb,
      this.layer === "difference" ? maps.browser : map,
    );
    say(this.words, this.agreeing());
  }

  private pixels(layer: Layer, spread = 0): Rgba | null {
    const { maps } = this.shown!;
    if (layer === "difference")
      return maps.browser === null || maps.computer === null
        ? null
        : difference(maps.browser, maps.computer, spread);
    const map = maps[layer];
    return map === null ? null : colored(map, this.bundle.content.colors_rgb);
  }

  private agreeing(): string {
    const { maps } = this.shown!;
    if (maps.browser === null || maps.computer === null)
      return "This browser's mask comes once this file was checked.";
    const share = agreement(maps.browser, maps.computer);
    if (share === null) return "";
    return share === 1
      ? "Every pixel is as on the computer."
      : `${percent(share)} of the pixels are as on the computer.`;
  }

  private spoken(map: ClassMap | null): string {
    const of = `Photo ${this.photo + 1}`;
    if (map === null) return of;
    if (this.layer === "difference") return `${of}: ${this.agreeing()}`;
    return `${of}, ${NAMES[this.layer].toLowerCase()}: ${mapWords(map, this.bundle.content.classes)}`;
  }
}

function ignore(): void {
  // A photo that cannot be read leaves its button empty; choosing it says why.
}
