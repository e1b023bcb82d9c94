// Which way is up: the orientation in Exif data, or else in XMP, as Pillow looks for it.
import { hasText, viewOf } from "./photo_file";

const ORIENTATION = 0x0112;
const ENTRY_BYTES = 12;
/** By the type of an entry's numbers: how a number of it is read. */
const SHORT = 3;
const LONG = 4;

/** Return the orientation that Exif data says, with or without "Exif" before it; null where it says none. */
export function orientationInExif(data: Uint8Array): number | null {
  const tiff = hasText(data, 0, "Exif\0\0") ? data.subarray(6) : data;
  const isLittle = hasText(tiff, 0, "II");
  if (tiff.length < 8 || !(isLittle || hasText(tiff, 0, "MM"))) return null;
  const view = viewOf(tiff);
  if (view.getUint16(2, isLittle) !== 42) return null;
  const start = view.getUint32(4, isLittle);
  if (start + 2 > tiff.length) return null;
  const count = view.getUint16(start, isLittle);
  let found: number | null = null;
  for (let entry = 0; entry < count; entry++) {
    const at = start + 2 + entry * ENTRY_BYTES;
    if (at + ENTRY_BYTES > tiff.length) break;
    if (view.getUint16(at, isLittle) !== ORIENTATION) continue;
    const type = view.getUint16(at + 2, isLittle);
    const isOne = view.getUint32(at + 4, isLittle) === 1;
    if (isOne && type === SHORT) found = view.getUint16(at + 8, isLittle);
    else if (isOne && type === LONG) found = view.getUint32(at + 8, isLittle);
  }
  return found;
}

/** Return the orientation that an XMP packet says; null where it says none. */
export function orientationInXmp(data: Uint8Array): number | null {
  const found = /tiff:Orientation(?:="|>)([0-9])/.exec(new TextDecoder("latin1").decode(data));
  return found === null ? null : Number(found[1]);
}

/** Return the orientation that counts: Exif's, else XMP's; 1 where neither says one of the eight. */
export function orientationOf(exif: Uint8Array | null, xmp: Uint8Array | null): number {
  const said = (exif && orientationInExif(exif)) ?? (xmp && orientationInXmp(xmp)) ?? 1;
  return said >= 1 && said <= 8 ? said : 1;
}
