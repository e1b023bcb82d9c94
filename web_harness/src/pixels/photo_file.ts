// What a photo's file says before anything is decoded: its kind, its size, and which way is up.
import { MOST_PHOTO_PX } from "./sizes";

export type PhotoKind = "JPEG" | "PNG" | "WebP" | "GIF" | "BMP" | "AVIF" | "HEIC";

/**
 * `orientation`: of Exif, 1 to 8. `plain`: the file in pieces, without what a browser may turn or colour it by, so that all
 * give the stored pixels; transparency is left out where the kind allows.
 */
export interface PhotoFile {
  readonly kind: PhotoKind;
  readonly mime: string;
  readonly height_px: number;
  readonly width_px: number;
  readonly orientation: number;
  readonly plain: readonly Uint8Array[];
}

/** A photo that is not taken; the message says why and what to do, for people. */
export class PhotoRefused extends Error {}

/** As large as a photo's file may be. */
export const MOST_FILE_BYTES = 512 * 2 ** 20;

/** Refuse a size that no photo has. */
export function checkSize(kind: PhotoKind, height_px: number, width_px: number): void {
  if (!(height_px > 0 && width_px > 0)) throw damaged(kind, "it says that it has no pixels");
  if (height_px * width_px > MOST_PHOTO_PX) {
    throw new PhotoRefused(
      `This photo has ${height_px} x ${width_px} pixels, and at most ${MOST_PHOTO_PX / 1e6} million are taken. ` +
        "Scale it down first.",
    );
  }
}

/** Return the refusal of a file that ends before its picture does. */
export function truncated(kind: PhotoKind): PhotoRefused {
  return new PhotoRefused(
    `This ${kind} file ends in the middle of its picture. Copy or download it again, or choose another photo.`,
  );
}

/** Return the refusal of a file that contradicts itself. */
export function damaged(kind: PhotoKind, why: string): PhotoRefused {
  return new PhotoRefused(`This ${kind} file is damaged: ${why}. Choose another photo.`);
}

/** Return whether bytes hold these ASCII characters at a place. */
export function hasText(bytes: Uint8Array, at: number, text: string): boolean {
  if (at + text.length > bytes.length) return false;
  for (let place = 0; place < text.length; place++) {
    if (bytes[at + place] !== text.charCodeAt(place)) return false;
  }
  return true;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
