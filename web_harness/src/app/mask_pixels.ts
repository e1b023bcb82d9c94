// Class maps as pictures that lie over a photo: what is background shows the photo.

import type { Rgb } from "../contract/documents";
import type { ClassMap, Picture } from "../pixels/arrays";

const IGNORED = 255;
const IGNORED_RGBA = [76, 76, 76, 153] as const;
const DIFFERS_RGBA = [226, 0, 116, 255] as const;

/** Four bytes a pixel, as a canvas takes them. */
export interface Rgba {
  readonly height_px: number;
  readonly width_px: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** A class's part of a map's pixels. */
export interface Share {
  readonly place: number;
  readonly share: number;
}

/** Return a map's pixels in the classes' colours; class 0, the background, is see-through. */
export function colored(map: ClassMap, colors: readonly Rgb[]): Rgba {
  const table = new Uint8ClampedArray(4 * 256);
  colors.forEach(([red, green, blue], place) => {
    if (place > 0 && place < IGNORED) table.set([red, green, blue, 255], 4 * place);
  });
  table.set(IGNORED_RGBA, 4 * IGNORED);
  const words = new Uint32Array(table.buffer);
  const out = new Uint32Array(map.classes.length);
  for (let at = 0; at < out.length; at += 1) out[at] = words[map.classes[at]!]!;
  return { height_px: map.height_px, width_px: map.width_px, rgba: new Uint8ClampedArray(out.buffer) };
}

/** Return where two maps of one size differ; elsewhere it is see-through. `spread`: of each spot, a share of the height. */
export function difference(one: ClassMap, other: ClassMap, spread: number): Rgba {
  const word = new Uint32Array(new Uint8ClampedArray(DIFFERS_RGBA).buffer)[0]!;
  const { height_px, width_px } = one;
  const reach_px = Math.floor(spread * height_px);
  const out = new Uint32Array(one.classes.length);
  for (let at = 0; at < out.length; at += 1) {
    if (one.classes[at] === other.classes[at]) continue;
    out[at] = word;
    if (reach_px === 0) continue;
    const row = Math.floor(at / width_px);
    const from = Math.max(0, (at % width_px) - reach_px);
    const to = Math.min(width_px, (at % width_px) + reach_px + 1);
    for (let y = Math.max(0, row - reach_px); y <= Math.min(height_px - 1, row + reach_px); y += 1)
      out.fill(word, y * width_px + from, y * width_px + to);
  }
  return { height_px, width_px, rgba: new Uint8ClampedArray(out.buffer) };
}

/** Return the share of pixels on which two maps of one size agree; null for maps of two sizes. */
export function agreement(one: ClassMap, other: ClassMap): number | null {
  if (one.height_px !== other.height_px || one.width_px !== other.width_px) return null;
  let same = 0;
  for (let at = 0; at < one.classes.length; at += 1) if (one.classes[at] === other.classes[at]) same += 1;
  return one.classes.length === 0 ? null : same / one.classes.length;
}

/** Return each class that a map holds with its share of the pixels that are not ignored, background first. */
export function shares(map: ClassMap): Share[] {
  const counts = new Float64Array(256);
  for (const place of map.classes) counts[place]! += 1;
  const all = map.classes.length - counts[IGNORED]!;
  const found: Share[] = [];
  for (let place = 0; place < IGNORED; place += 1)
    if (counts[place]! > 0) found.push({ place, share: counts[place]! / all });
  return found;
}

/** Return a picture without see-through parts, as a canvas takes it. */
export function opaque(picture: Picture): Rgba {
  const rgba = new Uint8ClampedArray(4 * picture.height_px * picture.width_px);
  for (let from = 0, to = 0; to < rgba.length; from += 3, to += 4) {
    rgba[to] = picture.rgb[from]!;
    rgba[to + 1] = picture.rgb[from + 1]!;
    rgba[to + 2] = picture.rgb[from + 2]!;
    rgba[to + 3] = 255;
  }
  return { height_px: picture.height_px, width_px: picture.width_px, rgba };
}
