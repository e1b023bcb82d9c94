// A photo to an input's size, `pillow-bilinear` to the last bit; docs/preprocessing.md, "Resize".

import type { Picture } from "./arrays";
import { DataRefused } from "./refused";
import { isOfAPhoto } from "./sizes";

const BITS = 22;
const HALF = 1 << (BITS - 1);

/** Return the picture at another size: two passes, each rounded to 8 bits. Throws DataRefused for a size of no picture. */
export function resize(picture: Picture, height_px: number, width_px: number): Picture {
  if (!isOfAPhoto(height_px, width_px)) {
    throw new DataRefused("other-size", `no picture is brought to ${height_px} x ${width_px}`);
  }
  const less_height = picture.height_px - height_px;
  const less_width = picture.width_px - width_px;
  if (less_height > Math.max(0, 2 * less_width)) return across(down(picture, height_px), width_px);
  return down(across(picture, width_px), height_px);
}

/** The inputs that output i takes: from `firsts[i]` on, with the weights from `ends[i]` to `ends[i + 1]`, in 22 bits. */
interface Taps {
  readonly firsts: Int32Array;
  readonly ends: Int32Array;
  readonly weights: Int32Array;
}

function tapsOf(count: number, size: number): Taps {
  const scale = count / size;
  const wide = Math.max(scale, 1);
  const firsts = new Int32Array(size);
  const ends = new Int32Array(size + 1);
  const weights: number[] = [];
  for (let place = 0; place < size; place++) {
    const center = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - wide + 0.5));
    const last = Math.min(count, Math.trunc(center + wide + 0.5));
    const start = weights.length;
    let whole = 0;
    for (let tap = first; tap < last; tap++) {
      const share = Math.max(0, 1 - Math.abs((tap - center + 0.5) * (1 / wide)));
      whole += share;
      weights.push(share);
    }
    for (let at = start; at < weights.length; at++) {
      weights[at] = Math.floor((weights[at]! / whole) * 2 ** BITS + 0.5);
    }
    firsts[place] = first;
    ends[place + 1] = weights.length;
  }
  return { firsts, ends, weights: Int32Array.from(weights) };
}

/** Bring every row to another width. Totals stay below 2^31: weights add up to 2^22, but for their rounding. */
function across(picture: Picture, width_px: number): Picture {
  if (picture.width_px === width_px) return picture;
  const { firsts, ends, weights } = tapsOf(picture.width_px, width_px);
  const from = picture.rgb;
  const rgb = new Uint8Array(3 * picture.height_px * width_px);
  let at = 0;
  for (let row = 0; row < picture.height_px; row++) {
    const start = 3 * row * picture.width_px;
    for (let column = 0; column < width_px; column++) {
      let source = start + 3 * firsts[column]!;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let tap = ends[column]!, end = ends[column + 1]!; tap < end; tap++) {
        const weight = weights[tap]!;
        red = (red + Math.imul(weight, from[source]!)) | 0;
        green = (green + Math.imul(weight, from[source + 1]!)) | 0;
        blue = (blue + Math.imul(weight, from[source + 2]!)) | 0;
        source += 3;
      }
      rgb[at] = cut(red);
      rgb[at + 1] = cut(green);
      rgb[at + 2] = cut(blue);
      at += 3;
    }
  }
  return { height_px: picture.height_px, width_px, rgb };
}

/** Bring every column to another height, a whole row at a time: memory is read in the order in which it lies. */
function down(picture: Picture, height_px: number): Picture {
  if (picture.height_px === height_px) return picture;
  const { firsts, ends, weights } = tapsOf(picture.height_px, height_px);
  const from = picture.rgb;
  const line = 3 * picture.width_px;
  const totals = new Int32Array(line);
  const rgb = new Uint8Array(line * height_px);
  for (let row = 0; row < height_px; row++) {
    totals.fill(HALF);
    let source = firsts[row]! * line;
    for (let tap = ends[row]!, end = ends[row + 1]!; tap < end; tap++) {
      const weight = weights[tap]!;
      for (let place = 0; place < line; place++) {
        totals[place] = totals[place]! + Math.imul(weight, from[source + place]!);
      }
      source += line;
    }
    const at = row * line;
    for (let place = 0; place < line; place++) rgb[at + place] = cut(totals[place]!);
  }
  return { height_px, width_px: picture.width_px, rgb };
}

function cut(total: number): number {
  const value = total >> BITS;
  return value < 0 ? 0 : Math.min(value, 255);
}
