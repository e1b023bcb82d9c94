// Turns and mirrors: a stored photo by its Exif orientation, a camera's picture by its sensor's rotation.

import type { Picture } from "./arrays";
import { DataRefused } from "./refused";

export type Facing = "as taken" | "mirrored";

/** By Exif orientation: quarter turns clockwise, then whether it is mirrored left to right. */
const ORIENTATIONS: ReadonlyMap<number, readonly [quarters: number, facing: Facing]> = new Map([
  [2, [0, "mirrored"]],
  [3, [2, "as taken"]],
  [4, [2, "mirrored"]],
  [5, [1, "mirrored"]],
  [6, [1, "as taken"]],
  [7, [3, "mirrored"]],
  [8, [3, "as taken"]],
]);

/** Return a photo upright. `orientation`: of Exif, 1 to 8; anything else counts as 1. */
export function upright(stored: Picture, orientation: number): Picture {
  const [quarters, facing] = ORIENTATIONS.get(orientation) ?? [0, "as taken"];
  return turned(stored, quarters, facing);
}

/** Return a camera's picture turned clockwise by a multiple of 90 degrees, then mirrored where it is to be a mirror. */
export function fromCamera(taken: Picture, rotation_degrees: number, facing: Facing): Picture {
  if (rotation_degrees % 90 !== 0) {
    throw new DataRefused("unsupported", `a camera is not turned by ${rotation_degrees} degrees`);
  }
  return turned(taken, (((rotation_degrees / 90) % 4) + 4) % 4, facing);
}

/** Turn, then mirror, in one pass: where a pixel comes from changes by a fixed step along rows and along columns. */
function turned(picture: Picture, quarters: number, facing: Facing): Picture {
  if (quarters === 0 && facing === "as taken") return picture;
  const { height_px: height, width_px: width, rgb: from } = picture;
  const [rows, columns] = quarters % 2 === 0 ? [height, width] : [width, height];
  const steps: readonly (readonly [start: number, by_row: number, by_column: number])[] = [
    [0, width, 1],
    [(height - 1) * width, 1, -width],
    [height * width - 1, -width, -1],
    [width - 1, -1, width],
  ];
  let [start, by_row, by_column] = steps[quarters]!;
  if (facing === "mirrored") {
    start += (columns - 1) * by_column;
    by_column = -by_column;
  }
  const rgb = new Uint8Array(from.length);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let source = 3 * (start + row * by_row);
    for (let column = 0; column < columns; column++) {
      rgb[at] = from[source]!;
      rgb[at + 1] = from[source + 1]!;
      rgb[at + 2] = from[source + 2]!;
      at += 3;
      source += 3 * by_column;
    }
  }
  return { height_px: rows, width_px: columns, rgb };
}
