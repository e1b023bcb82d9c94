// A JPEG file by its segments: size, orientation, and the file without what browsers treat in different ways.
import { orientationOf } from "./exif";
import { checkSize, damaged, hasText, type PhotoFile, truncated } from "./photo_file";

const XMP = "http://ns.adobe.com/xap/1.0/\0";

/** Return what a JPEG file says. `plain` has neither Exif nor colour profile, which WebKit would use whatever is asked. */
export function readJpeg(bytes: Uint8Array): PhotoFile {
  const plain: Uint8Array[] = [bytes.subarray(0, 2)];
  let exif: Uint8Array | null = null;
  let xmp: Uint8Array | null = null;
  let size: readonly [height_px: number, width_px: number] | null = null;
  let at = 2;
  while (true) {
    if (at + 2 > bytes.length) throw truncated("JPEG");
    if (bytes[at] !== 0xff) throw damaged("JPEG", "it has no marker where one must be");
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1; // markers may be filled up
      continue;
    }
    if (marker === 0xd9) {
      plain.push(bytes.subarray(at, at + 2));
      break;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const end = at + 2 + lengthAt(bytes, at + 2);
    const body = bytes.subarray(at + 4, end);
    if (marker === 0xe1 && hasText(body, 0, "Exif\0\0")) exif ??= body;
    if (marker === 0xe1 && hasText(body, 0, XMP)) xmp ??= body;
    if (isFrame(marker)) {
      if (body.length < 6) throw damaged("JPEG", "it does not say its size");
      size = [(body[1]! << 8) | body[2]!, (body[3]! << 8) | body[4]!];
      checkSize("JPEG", ...size);
    }
    const next = marker === 0xda ? endOfScan(bytes, end) : end;
    if (marker !== 0xe1 && marker !== 0xe2) plain.push(bytes.subarray(at, next));
    at = next;
  }
  if (size === null) throw damaged("JPEG", "it does not say its size");
  const [height_px, width_px] = size;
  return {
    kind: "JPEG",
    mime: "image/jpeg",
    height_px,
    width_px,
    orientation: orientationOf(exif, xmp),
    plain,
  };
}

function lengthAt(bytes: Uint8Array, at: number): number {
  if (at + 2 > bytes.length) throw truncated("JPEG");
  const length = (bytes[at]! << 8) | bytes[at + 1]!;
  if (length < 2) throw damaged("JPEG", "a part of it has no length");
  if (at + length > bytes.length) throw truncated("JPEG");
  return length;
}

/** Whether a segment says the size: all "start of frame" markers, which tables and extensions stand between. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** The next marker that belongs to no scan: neither a stuffed byte nor a restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  let at = from;
  while (true) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) throw truncated("JPEG");
    const next = bytes[at + 1]!;
    if (next === 0xff) at += 1;
    else if (next === 0x00 || (next >= 0xd0 && next <= 0xd7)) at += 2;
    else return at;
  }
}
