// A camera's planes to RGB: BT.601 at full range in whole numbers; docs/preprocessing.md, "From a camera".

import type { Picture } from "./arrays";
import { DataRefused } from "./refused";
import { areWithin, isOfAPhoto } from "./sizes";

/** A plane of a camera's picture: rows may be padded, samples may alternate with those of another plane. */
export interface Plane {
  readonly memory: Uint8Array;
  readonly offset_bytes: number;
  readonly row_stride_bytes: number;
  readonly pixel_stride_bytes: number;
}

/** Return the picture in three planes. Throws DataRefused where a sample would lie beyond its plane's memory. */
export function yuvToRgb(height_px: number, width_px: number, y: Plane, u: Plane, v: Plane): Picture {
  if (!isOfAPhoto(height_px, width_px)) {
    throw new DataRefused("other-size", `no camera's picture is of ${height_px} x ${width_px}`);
  }
  checkReach(y, height_px, width_px);
  for (const plane of [u, v]) checkReach(plane, (height_px + 1) >> 1, (width_px + 1) >> 1);
  const rgb = new Uint8Array(3 * height_px * width_px);
  let at = 0;
  for (let row = 0; row < height_px; row++) {
    const y_row = y.offset_bytes + row * y.row_stride_bytes;
    const u_row = u.offset_bytes + (row >> 1) * u.row_stride_bytes;
    const v_row = v.offset_bytes + (row >> 1) * v.row_stride_bytes;
    for (let column = 0; column < width_px; column++) {
      const luma = y.memory[y_row + column * y.pixel_stride_bytes]!;
      const blue = u.memory[u_row + (column >> 1) * u.pixel_stride_bytes]! - 128;
      const red = v.memory[v_row + (column >> 1) * v.pixel_stride_bytes]! - 128;
      rgb[at] = cut(luma + ((91_881 * red + 32_768) >> 16));
      rgb[at + 1] = cut(luma + ((32_768 - 22_554 * blue - 46_802 * red) >> 16));
      rgb[at + 2] = cut(luma + ((116_130 * blue + 32_768) >> 16));
      at += 3;
    }
  }
  return { height_px, width_px, rgb };
}

function cut(value: number): number {
  return value < 0 ? 0 : Math.min(value, 255);
}

/** The last row of a plane ends with its last sample: nothing beyond it is read, nor need be there. */
function checkReach(plane: Plane, rows: number, columns: number): void {
  const strides = [plane.row_stride_bytes, plane.pixel_stride_bytes];
  if (!areWithin(plane.memory.length, [rows, columns], strides, plane.offset_bytes, 1)) {
    throw new DataRefused("beyond-memory", "a plane is shorter than its strides say");
  }
}
