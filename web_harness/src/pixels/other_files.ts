// Files of the kinds that are left to the browser: their size alone is read, so that none is decoded that is too large.
import { checkSize, damaged, hasText, type PhotoFile, type PhotoKind, viewOf } from "./photo_file";

/** Sizes of HEIC and AVIF stand near the beginning of a file. */
const SEARCHED_BYTES = 2 ** 20;
const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"];
const AVIF_BRANDS = ["avif", "avis"];

/** Return what a GIF, BMP, AVIF or HEIC file says; null where it is none of these. */
export function readOther(bytes: Uint8Array): PhotoFile | null {
  if (hasText(bytes, 0, "GIF8") && bytes.length >= 10) {
    const view = viewOf(bytes);
    return file("GIF", "image/gif", view.getUint16(8, true), view.getUint16(6, true), bytes);
  }
  if (hasText(bytes, 0, "BM") && bytes.length >= 26) {
    const view = viewOf(bytes);
    const isOld = view.getUint32(14, true) === 12;
    const width_px = isOld ? view.getUint16(18, true) : view.getInt32(18, true);
    const height_px = isOld ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
    return file("BMP", "image/bmp", height_px, width_px, bytes);
  }
  const kind = hasText(bytes, 4, "ftyp") ? kindOfBoxes(bytes) : null;
  if (kind === null) return null;
  const [height_px, width_px] = largest(kind, bytes);
  return file(kind, kind === "AVIF" ? "image/avif" : "image/heic", height_px, width_px, bytes);
}

function file(
  kind: PhotoKind,
  mime: string,
  height_px: number,
  width_px: number,
  bytes: Uint8Array,
): PhotoFile {
  checkSize(kind, height_px, width_px);
  return { kind, mime, height_px, width_px, orientation: 1, plain: [bytes] }; // the browser turns it
}

/** By the brands in the first box: the main one, and those that it goes with. */
function kindOfBoxes(bytes: Uint8Array): "AVIF" | "HEIC" | null {
  const end = Math.min(viewOf(bytes).getUint32(0, false), bytes.length, 256);
  const brands: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) brands.push(String.fromCharCode(...bytes.subarray(at, at + 4)));
  if (brands.some((brand) => AVIF_BRANDS.includes(brand))) return "AVIF";
  return brands.some((brand) => HEIC_BRANDS.includes(brand)) ? "HEIC" : null;
}

/** The largest of the sizes that the file gives its pictures. */
function largest(kind: PhotoKind, bytes: Uint8Array): readonly [height_px: number, width_px: number] {
  const view = viewOf(bytes);
  const end = Math.min(bytes.length, SEARCHED_BYTES) - 16;
  let found: readonly [number, number] | null = null;
  for (let at = 0; at <= end; at++) {
    if (bytes[at] !== 0x69 || !hasText(bytes, at, "ispe")) continue; // "i"
    const size = [view.getUint32(at + 12, false), view.getUint32(at + 8, false)] as const;
    if (found === null || size[0] * size[1] > found[0] * found[1]) found = size;
  }
  if (found === null) throw damaged(kind, "it does not say its size");
  return found;
}
