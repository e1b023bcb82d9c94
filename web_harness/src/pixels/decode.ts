// A photo's file to RGB that stands upright: the same pixels in every browser; docs/preprocessing.md, "Decoding and turning".
import type { Picture } from "./arrays";
import { canvasPixels } from "./canvas_pixels";
import { readJpeg } from "./jpeg_file";
import { readOther } from "./other_files";
import { hasText, MOST_FILE_BYTES, type PhotoFile, PhotoRefused } from "./photo_file";
import { type PngFile, readPng } from "./png_file";
import { pngPixels } from "./png_pixels";
import { upright } from "./turns";
import { isWebp, readWebp } from "./webp_file";

/** Return a photo's pixels. Throws PhotoRefused, whose message says what to do. */
export async function decodePhoto(blob: Blob): Promise<Picture> {
  if (blob.size === 0) throw new PhotoRefused("This file is empty. Choose another photo.");
  if (blob.size > MOST_FILE_BYTES) {
    throw new PhotoRefused(
      `This file is larger than ${MOST_FILE_BYTES / 2 ** 20} MiB, which no photo here may be. Scale it down first.`,
    );
  }
  const file = await readPhotoFile(await bytesOf(blob));
  try {
    const stored = isPng(file) ? await pngPixels(file) : await canvasPixels(file);
    return upright(stored, file.orientation);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PhotoRefused(
      `This photo of ${file.height_px} x ${file.width_px} pixels takes more memory than this browser gives. ` +
        "Scale it down first.",
    );
  }
}

/** Return what a photo's file says, by its bytes and never by its name. Throws PhotoRefused. */
export async function readPhotoFile(bytes: Uint8Array): Promise<PhotoFile> {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes);
  if (hasText(bytes, 0, "\x89PNG\r\n\x1a\n")) return await readPng(bytes);
  if (isWebp(bytes)) return readWebp(bytes);
  const other = readOther(bytes);
  if (other !== null) return other;
  throw new PhotoRefused("This is no photo that a browser opens. Choose a JPEG, PNG or WebP file.");
}

function isPng(file: PhotoFile): file is PngFile {
  return file.kind === "PNG";
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    throw new PhotoRefused("This file cannot be read any more. Choose it again.");
  }
}
