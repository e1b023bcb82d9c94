// The seal of a record: it tells one that was cut, changed or damaged; docs/record.md, "The seal".

import { isSha256, RunningHash, sha256 } from "./hashes";
import type { Json } from "./json";
import { type Writable, writeJson } from "./json_writer";

const OPEN = "0".repeat(64);
const QUOTE = 0x22;

/** Return a document as one line with its seal; version and seal come first. */
export function seal(document: Readonly<Record<string, Writable>>, version: string): string {
  const { schema_version: _version, seal: _seal, ...rest } = document;
  const text = writeJson({ schema_version: version, seal: OPEN, ...rest });
  const place = text.indexOf(`"${OPEN}"`) + 1;
  return text.slice(0, place) + sha256(text) + text.slice(place + OPEN.length);
}

/** Say whether a seal fits the bytes that it stands in. */
export function sealFits(data: Uint8Array, said: Json | undefined): boolean {
  if (typeof said !== "string" || !isSha256(said)) return false;
  const places = placesOf(data, new TextEncoder().encode(said));
  const [place] = places;
  const start = data.indexOf(0x7b); // {
  const end = data.lastIndexOf(0x7d); // }
  if (
    places.length !== 1 ||
    place === undefined ||
    start < 0 ||
    start >= place ||
    place + OPEN.length > end
  ) {
    return false;
  }
  const hash = new RunningHash();
  hash.update(data.subarray(start, place));
  hash.update(new TextEncoder().encode(OPEN));
  hash.update(data.subarray(place + OPEN.length, end + 1));
  return hash.hex() === said;
}

/** Where the digits of a seal begin that stands between quotes; two places are enough to know. */
function placesOf(data: Uint8Array, said: Uint8Array): number[] {
  const found: number[] = [];
  let quote = data.indexOf(QUOTE);
  while (quote >= 0 && found.length < 2) {
    const start = quote + 1;
    if (data[start + said.length] === QUOTE && said.every((byte, place) => data[start + place] === byte)) {
      found.push(start);
    }
    quote = data.indexOf(QUOTE, start);
  }
  return found;
}
