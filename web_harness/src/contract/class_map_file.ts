// The .runs file of a class map: runs of equal pixels, in the one form that each map has; docs/bundle.md.

import type { ClassMap } from "../pixels/arrays";
import { ClassMapRefused } from "./faults";

const MOST_PIXELS = 100_000_000;
const HEADER_BYTES = 13;
const VERSION = 1;
const VARINT_BYTES = 4; // hold 28 bits, more than the most pixels
const MAGIC = [0x50, 0x53, 0x43, 0x4d]; // PSCM

/** Return the one file of a map. Throws RangeError for a map that is none: a fault of this program. */
export function encodeClassMap(map: ClassMap): Uint8Array {
  const { height_px, width_px, classes } = map;
  if (height_px < 1 || width_px < 1 || classes.length !== height_px * width_px) {
    throw new RangeError(`a map of ${height_px} x ${width_px} has ${classes.length} pixels`);
  }
  let out = new Uint8Array(1024);
  const header = new DataView(out.buffer);
  out.set([...MAGIC, VERSION]);
  header.setUint32(5, height_px, true);
  header.setUint32(9, width_px, true);
  let at = HEADER_BYTES;
  for (let start = 0; start < classes.length; ) {
    const kind = classes[start]!;
    let end = start + 1;
    while (end < classes.length && classes[end] === kind) end++;
    if (at + 1 + VARINT_BYTES > out.length) {
      const larger = new Uint8Array(2 * out.length);
      larger.set(out);
      out = larger;
    }
    out[at++] = kind;
    let length = end - start;
    for (; length >= 0x80; length >>>= 7) out[at++] = (length & 0x7f) | 0x80;
    out[at++] = length;
    start = end;
  }
  return out.slice(0, at);
}

/** Return the map in a file; nothing is allocated before its runs are known to fill it. Throws ClassMapRefused. */
export function decodeClassMap(data: Uint8Array): ClassMap {
  const { height_px, width_px } = sizeOf(data);
  const whole = height_px * width_px;
  walk(data, whole, () => {});
  const classes = new Uint8Array(whole);
  walk(data, whole, (kind, start, length) => classes.fill(kind, start, start + length));
  return { height_px, width_px, classes };
}

function sizeOf(data: Uint8Array): { height_px: number; width_px: number } {
  if (!MAGIC.every((byte, place) => data[place] === byte)) {
    throw refused("no-class-map", "it does not begin with PSCM");
  }
  if (data.length > MAGIC.length && data[MAGIC.length] !== VERSION) {
    throw refused("other-version", `it is of version ${data[MAGIC.length]}`);
  }
  if (data.length < HEADER_BYTES) throw refused("truncated", "it ends within its header");
  const fields = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const height_px = fields.getUint32(5, true);
  const width_px = fields.getUint32(9, true);
  if (height_px < 1 || width_px < 1 || height_px * width_px > MOST_PIXELS) {
    throw refused("beyond-bounds", `it is of ${height_px} x ${width_px} pixels`);
  }
  return { height_px, width_px };
}

function walk(
  data: Uint8Array,
  whole: number,
  take: (kind: number, start: number, length: number) => void,
): void {
  let at = HEADER_BYTES;
  let filled = 0;
  let last = -1;
  while (at < data.length) {
    const kind = data[at++]!;
    let length = 0;
    let place = 0;
    for (; ; place++) {
      if (place === VARINT_BYTES) throw refused("too-long", "a length has too many bytes");
      const part = data[at++];
      if (part === undefined) throw refused("truncated", "it ends within a run");
      length |= (part & 0x7f) << (7 * place);
      if (part < 0x80) {
        if (place > 0 && part === 0) throw refused("not-canonical", "a length is not in its shortest form");
        break;
      }
    }
    if (length === 0 || kind === last) throw refused("not-canonical", "two neighbouring runs are one");
    if (length > whole - filled) throw refused("too-long", "its runs have more pixels than it has");
    take(kind, filled, length);
    filled += length;
    last = kind;
  }
  if (filled < whole) throw refused("truncated", `its runs fill ${filled} of ${whole} pixels`);
}

function refused(fault: ClassMapRefused["fault"], what: string): ClassMapRefused {
  return new ClassMapRefused(fault, `a class map is damaged: ${what}`);
}
