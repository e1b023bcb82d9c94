// A PNG file by its chunks: what its header says, and where its pixels lie.
import { crc32 } from "../contract/crc32";
import { orientationOf } from "./exif";
import { inflated } from "./inflate";
import { checkSize, damaged, hasText, type PhotoFile, truncated, viewOf } from "./photo_file";

/** `type`: 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. `plain`: its compressed pixels. */
export interface PngFile extends PhotoFile {
  readonly depth: number;
  readonly type: number;
  readonly is_interlaced: boolean;
  readonly palette: Uint8Array;
}

/** By the type: bits a sample. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const MOST_TEXT_BYTES = 2 ** 20;

/** Return what a PNG file says. */
export async function readPng(bytes: Uint8Array): Promise<PngFile> {
  const found: Record<string, Uint8Array> = {};
  const pixels: Uint8Array[] = [];
  let profile: Uint8Array | null = null;
  let xmp: Uint8Array | null = null;
  const view = viewOf(bytes);
  for (let at = 8; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at, false);
    const end = at + 12 + size;
    if (end > bytes.length) throw truncated("PNG");
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, end - 4);
    if (isCritical(name) && crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4, false)) {
      throw damaged("PNG", "a check sum in it is wrong");
    }
    if (name === "IHDR") header(body); // so that a size is refused before anything else is looked at
    if (name === "IDAT") pixels.push(body);
    else if (name === "zTXt" || name === "tEXt") profile ??= await rawProfile(name, body);
    else if (name === "iTXt" && hasText(body, 0, "XML:com.adobe.xmp\0")) xmp ??= body;
    else found[name] ??= body;
    if (name === "IEND") break;
    at = end;
  }
  if (found.IHDR === undefined) throw damaged("PNG", "it does not say its size");
  if (pixels.length === 0) throw truncated("PNG");
  const orientation = orientationOf(found.eXIf ?? profile, xmp);
  const said = header(found.IHDR);
  const palette = found.PLTE ?? new Uint8Array(0);
  if (said.type === 3 && palette.length < 3) throw damaged("PNG", "its colours are missing");
  return { kind: "PNG", mime: "image/png", ...said, orientation, palette, plain: pixels };
}

function isCritical(name: string): boolean {
  return (name.charCodeAt(0) & 0x20) === 0;
}

function header(
  body: Uint8Array,
): Pick<PngFile, "height_px" | "width_px" | "depth" | "type" | "is_interlaced"> {
  if (body.length !== 13) throw damaged("PNG", "it does not say its size");
  const view = viewOf(body);
  const [width_px, height_px] = [view.getUint32(0, false), view.getUint32(4, false)];
  checkSize("PNG", height_px, width_px);
  const [depth, type, compression, filter, interlace] = body.subarray(8) as unknown as number[];
  const isKnown = DEPTHS[type!]?.includes(depth!) && compression === 0 && filter === 0 && interlace! <= 1;
  if (!isKnown) throw damaged("PNG", "its pixels are of no kind that PNG has");
  return { height_px, width_px, depth: depth!, type: type!, is_interlaced: interlace === 1 };
}

/** Exif data as ImageMagick writes it: digits of hex in a text, after three lines. */
async function rawProfile(name: "zTXt" | "tEXt", body: Uint8Array): Promise<Uint8Array | null> {
  const key = "Raw profile type exif\0";
  if (!hasText(body, 0, key)) return null;
  const data = body.subarray(key.length);
  const text = name === "tEXt" ? data : await inflated([data.subarray(1)], MOST_TEXT_BYTES).catch(() => null);
  if (text === null) return null;
  const digits = new TextDecoder("latin1").decode(text).split("\n").slice(3).join("").replace(/\s/g, "");
  if (!/^([0-9a-f]{2})+$/i.test(digits)) return null;
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}
