// Decodes a photo where the browser can, so that it stands upright; its own colours, as the exported file was made for them.

import type { Picture } from "../pixels/arrays";
import { CannotRun } from "./backend";

/** Return the photo's pixels. Throws CannotRun where this browser cannot decode it. */
export async function decodePhoto(photo: Uint8Array, type: string): Promise<Picture> {
  if (typeof OffscreenCanvas !== "function" || typeof createImageBitmap !== "function") {
    throw new CannotRun("this browser decodes no photos in a worker");
  }
  let bitmap: ImageBitmap;
  try {
    const blob = new Blob([photo as Uint8Array<ArrayBuffer>], { type });
    bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch (error) {
    throw new CannotRun(
      `this browser cannot decode the photo: ${error instanceof Error ? error.message : error}`,
    );
  }
  try {
    const { width: width_px, height: height_px } = bitmap;
    const canvas = new OffscreenCanvas(width_px, height_px);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new CannotRun("this browser draws nothing in a worker");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width_px, height_px);
    const rgb = new Uint8Array(3 * width_px * height_px);
    for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
      rgb[to] = data[from]!;
      rgb[to + 1] = data[from + 1]!;
      rgb[to + 2] = data[from + 2]!;
    }
    return { height_px, width_px, rgb };
  } finally {
    bitmap.close();
  }
}
