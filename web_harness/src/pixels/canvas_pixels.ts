// The pixels of a file that the browser decodes, read from a canvas in pieces: phones allow no canvas as large as a photo.
import type { Picture } from "./arrays";
import { type PhotoFile, PhotoRefused } from "./photo_file";
import { coloursBelow } from "./webgl_pixels";

const TILE_PX = 2048;
const PROBE_PX = 16;

type Context = OffscreenCanvasRenderingContext2D;

/** Return the pixels as the browser decodes them. Throws PhotoRefused. */
export async function canvasPixels(file: PhotoFile): Promise<Picture> {
  const context = contextOf(TILE_PX);
  checkCanvas(context);
  const bitmap = await bitmapOf(file);
  try {
    if (file.kind !== "AVIF" && file.kind !== "HEIC") checkIsAsSaid(file, bitmap);
    const found = read(context, bitmap) ?? (await coloursBelow(bitmap));
    if (found === null) throw transparent(file);
    return found;
  } finally {
    bitmap.close();
  }
}

async function bitmapOf(file: PhotoFile): Promise<ImageBitmap> {
  const blob = new Blob([joined(file.plain)], { type: file.mime });
  try {
    return await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    const elsewhere = file.kind === "HEIC" ? ", or open this page in Safari" : "";
    throw new PhotoRefused(
      `This browser cannot open this ${file.kind} file. Save the photo as JPEG or PNG${elsewhere}.`,
    );
  }
}

/** Firefox decodes no blob that was made of several pieces. */
function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function checkIsAsSaid(file: PhotoFile, bitmap: ImageBitmap): void {
  if (bitmap.height === file.height_px && bitmap.width === file.width_px) return;
  throw new PhotoRefused(
    `This browser makes ${bitmap.height} x ${bitmap.width} pixels of a ${file.kind} file that says ` +
      `${file.height_px} x ${file.width_px}. Save the photo as PNG.`,
  );
}

/** Read it piece by piece; null where it is transparent anywhere. */
function read(context: Context, bitmap: ImageBitmap): Picture | null {
  const { height, width } = bitmap;
  const rgb = new Uint8Array(3 * height * width);
  for (let top = 0; top < height; top += TILE_PX) {
    const rows = Math.min(TILE_PX, height - top);
    for (let left = 0; left < width; left += TILE_PX) {
      const columns = Math.min(TILE_PX, width - left);
      context.drawImage(bitmap, left, top, columns, rows, 0, 0, columns, rows);
      const { data } = context.getImageData(0, 0, columns, rows);
      if (!copyTile(data, rows, columns, rgb, 3 * (top * width + left), 3 * width)) return null;
    }
  }
  return { height_px: height, width_px: width, rgb };
}

/** Copy a piece's colours; say whether all of them are opaque. */
function copyTile(
  data: Uint8ClampedArray,
  rows: number,
  columns: number,
  rgb: Uint8Array,
  start: number,
  line: number,
): boolean {
  let from = 0;
  let least = 255;
  for (let row = 0; row < rows; row++) {
    let to = start + row * line;
    for (let column = 0; column < columns; column++) {
      rgb[to] = data[from]!;
      rgb[to + 1] = data[from + 1]!;
      rgb[to + 2] = data[from + 2]!;
      least &= data[from + 3]!;
      from += 4;
      to += 3;
    }
  }
  return least === 255;
}

function transparent(file: PhotoFile): PhotoRefused {
  return new PhotoRefused(
    `This ${file.kind} file is transparent in places, and a browser does not show the colours below. ` +
      "Save the photo as PNG or JPEG.",
  );
}

function contextOf(size_px: number): Context {
  const canvas = new OffscreenCanvas(size_px, size_px);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null)
    throw new PhotoRefused("This browser gives no canvas to read photos from. Use another browser.");
  context.globalCompositeOperation = "copy";
  context.imageSmoothingEnabled = false;
  return context;
}

/** Some browsers protect people by changing what is read from a canvas: then no photo would be what it is. */
function checkCanvas(context: Context): void {
  const written = new ImageData(PROBE_PX, PROBE_PX);
  for (let at = 0; at < written.data.length; at++) written.data[at] = at % 4 === 3 ? 255 : (at * 37) & 0xff;
  context.putImageData(written, 0, 0);
  const { data } = context.getImageData(0, 0, PROBE_PX, PROBE_PX);
  if (data.every((value, at) => value === written.data[at])) return;
  throw new PhotoRefused(
    "This browser changes the pixels that a page reads, to protect you from being recognised. " +
      "Use an ordinary window, or allow it for this page.",
  );
}
