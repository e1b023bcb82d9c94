// A WebP file by its chunks: size, orientation, and the file without what browsers treat in different ways.
import { orientationOf } from "./exif";
import { checkSize, damaged, hasText, type PhotoFile, truncated, viewOf } from "./photo_file";

interface Chunk {
  readonly name: string;
  readonly body: Uint8Array;
}

const ANIMATED = 0x02;
/** Of VP8L: the bit that says that alpha is of use. Without it all pixels are opaque, their colours as they are. */
const ALPHA_USED = 0x10;

/** Return what a WebP file says. `plain` has its colours alone: no alpha, no Exif, no colour profile. */
export function readWebp(bytes: Uint8Array): PhotoFile {
  const chunks = chunksOf(bytes);
  const find = (name: string): Uint8Array | null => chunks.find((chunk) => chunk.name === name)?.body ?? null;
  const extended = find("VP8X");
  const size = sizeOf(extended, find("VP8 "), find("VP8L"));
  if (size === null) throw damaged("WebP", "it does not say its size");
  checkSize("WebP", ...size);
  const [height_px, width_px] = size;
  const orientation = orientationOf(find("EXIF"), find("XMP "));
  const isAnimated = extended !== null && (extended[0]! & ANIMATED) !== 0;
  const plain = written(isAnimated ? moving(chunks) : still(find("VP8 "), find("VP8L")));
  return { kind: "WebP", mime: "image/webp", height_px, width_px, orientation, plain };
}

function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = viewOf(bytes);
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw truncated("WebP");
  const chunks: Chunk[] = [];
  for (let at = 12; at + 8 <= end; ) {
    const size = view.getUint32(at + 4, true);
    if (at + 8 + size > end) throw truncated("WebP");
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    chunks.push({ name, body: bytes.subarray(at + 8, at + 8 + size) });
    at += 8 + size + (size % 2);
  }
  return chunks;
}

type Body = Uint8Array | null;

function sizeOf(extended: Body, lossy: Body, lossless: Body): readonly [number, number] | null {
  if (extended !== null && extended.length >= 10) {
    return [1 + uint24(extended, 7), 1 + uint24(extended, 4)];
  }
  if (lossy !== null && lossy.length >= 10) {
    return [uint16(lossy, 8) & 0x3fff, uint16(lossy, 6) & 0x3fff];
  }
  if (lossless !== null && lossless.length >= 5 && lossless[0] === 0x2f) {
    const bits = viewOf(lossless).getUint32(1, true);
    return [1 + ((bits >>> 14) & 0x3fff), 1 + (bits & 0x3fff)];
  }
  return null;
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

function uint24(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) | (bytes[at + 2]! << 16);
}

/** The colours alone, in the simple form of the file. */
function still(lossy: Body, lossless: Body): Chunk[] {
  if (lossy !== null) return [{ name: "VP8 ", body: lossy }];
  if (lossless === null) throw damaged("WebP", "there is no picture in it");
  const opaque = lossless.slice();
  opaque[4] = opaque[4]! & ~ALPHA_USED;
  return [{ name: "VP8L", body: opaque }];
}

/** Of one that moves, the first picture counts, which the browser puts together. */
function moving(chunks: readonly Chunk[]): Chunk[] {
  const kept = chunks.filter((chunk) => !["ICCP", "EXIF", "XMP "].includes(chunk.name));
  return kept.map((chunk) => {
    if (chunk.name !== "VP8X") return chunk;
    const body = chunk.body.slice();
    body[0] = body[0]! & ~(0x20 | 0x08 | 0x04); // the flags of what was left out
    return { name: "VP8X", body };
  });
}

function written(chunks: readonly Chunk[]): Uint8Array[] {
  const parts = chunks.flatMap(({ name, body }) => [
    header(name, body.length),
    body,
    new Uint8Array(body.length % 2),
  ]);
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  return [header("RIFF", length), Uint8Array.from("WEBP", (sign) => sign.charCodeAt(0)), ...parts];
}

function header(name: string, size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  for (let place = 0; place < 4; place++) bytes[place] = name.charCodeAt(place);
  viewOf(bytes).setUint32(4, size, true);
  return bytes;
}

/** Return whether a file begins as WebP does. */
export function isWebp(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && hasText(bytes, 0, "RIFF") && hasText(bytes, 8, "WEBP");
}
