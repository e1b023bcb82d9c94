// The pixels of a class map along its edges, and those near them; docs/bundle.md, "The golden check".
import type { ClassMap } from "./arrays";

/** Return whether a pixel has a neighbour of another class, left, right, above or below. */
export function isAnEdge(map: ClassMap, row: number, column: number): boolean {
  const { classes, height_px, width_px } = map;
  const at = row * width_px + column;
  const own = classes[at];
  return (
    (column > 0 && classes[at - 1] !== own) ||
    (column + 1 < width_px && classes[at + 1] !== own) ||
    (row > 0 && classes[at - width_px] !== own) ||
    (row + 1 < height_px && classes[at + width_px] !== own)
  );
}

/** Return how many pixels of a map are edge pixels. */
export function edgePixels(map: ClassMap): number {
  let count = 0;
  for (let row = 0; row < map.height_px; row++) {
    for (let column = 0; column < map.width_px; column++) if (isAnEdge(map, row, column)) count++;
  }
  return count;
}

/** Return whether an edge pixel lies within so many steps along rows and columns. */
export function isNearAnEdge(map: ClassMap, row: number, column: number, reach_px: number): boolean {
  for (let y = Math.max(0, row - reach_px); y <= Math.min(map.height_px - 1, row + reach_px); y++) {
    const left = reach_px - Math.abs(y - row);
    const last = Math.min(map.width_px - 1, column + left);
    for (let x = Math.max(0, column - left); x <= last; x++) if (isAnEdge(map, y, x)) return true;
  }
  return false;
}
