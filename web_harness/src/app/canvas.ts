// Pictures on canvases, each with the words that stand for it.

import { el } from "./dom";
import type { Rgba } from "./mask_pixels";

// A wider picture than this is drawn smaller: no phone shows more of it, and canvases take memory.
const MOST_SIDE_PX = 1280;

/** Return an empty canvas that is read aloud as `words`. */
export function picture(words: string, layer = "layer"): HTMLCanvasElement {
  const canvas = el("canvas", { class: layer, role: "img", "aria-label": words, width: "4", height: "3" });
  return canvas;
}

/** Say what a canvas shows. */
export function describe(canvas: HTMLCanvasElement, words: string): void {
  canvas.setAttribute("aria-label", words);
}

/** Draw an image onto a canvas that takes its size, smaller where it is large. */
export function drawImage(canvas: HTMLCanvasElement, image: ImageBitmap): void {
  const scale = Math.min(1, MOST_SIDE_PX / Math.max(image.width, image.height));
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
}

/** Put pixels onto a canvas as they are; the page's styles scale it. */
export function drawPixels(canvas: HTMLCanvasElement, pixels: Rgba): void {
  canvas.width = pixels.width_px;
  canvas.height = pixels.height_px;
  canvas.getContext("2d")?.putImageData(new ImageData(pixels.rgba, pixels.width_px, pixels.height_px), 0, 0);
}

/** Leave a canvas see-through. */
export function clear(canvas: HTMLCanvasElement): void {
  canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
}
