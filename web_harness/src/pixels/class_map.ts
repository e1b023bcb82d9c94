// Class maps of a file that gives classes: brought to a photo's size by the nearest pixel, found in whole numbers.

import type { ClassMap } from "./arrays";
import { DataRefused } from "./refused";
import { isOfAPhoto } from "./sizes";

/** Return the class map at another size. Throws DataRefused for a size that no photo has. */
export function resizeClasses(map: ClassMap, height_px: number, width_px: number): ClassMap {
  if (!isOfAPhoto(height_px, width_px)) {
    throw new DataRefused("other-size", `no class map is brought to ${height_px} x ${width_px}`);
  }
  const columns = nearest(map.width_px, width_px);
  const rows = nearest(map.height_px, height_px);
  const classes = new Uint8Array(height_px * width_px);
  let at = 0;
  for (let y = 0; y < height_px; y++) {
    const start = rows[y]! * map.width_px;
    for (let x = 0; x < width_px; x++) classes[at++] = map.classes[start + columns[x]!]!;
  }
  return { height_px, width_px, classes };
}

/** Return whether two maps are of one size and equal in every pixel. */
export function areEqual(one: ClassMap, other: ClassMap): boolean {
  return one.width_px === other.width_px && equalPixels(one, other) === one.classes.length;
}

/** Return how many pixels of two maps of one size are equal; none for two sizes. */
export function equalPixels(one: ClassMap, other: ClassMap): number {
  if (one.height_px !== other.height_px || one.width_px !== other.width_px) return 0;
  const ours = one.classes;
  const theirs = other.classes;
  let equal = 0;
  for (let place = 0; place < ours.length; place++) if (ours[place] === theirs[place]) equal++;
  return equal;
}

function nearest(count: number, size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, place) => Math.floor(((2 * place + 1) * count) / (2 * size)));
}
