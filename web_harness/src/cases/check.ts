// Reads a file of the contract whole, and says what came of it: what a comparison with other languages asks.

import { Archive } from "../contract/archive";
import { openBundle, readManifestOf } from "../contract/bundle_files";
import { decodeClassMap } from "../contract/class_map_file";
import { Refused } from "../contract/faults";
import { RunningHash, sha256 } from "../contract/hashes";
import { isTable, type Json, numberOf, Real } from "../contract/json";
import type { Writable } from "../contract/json_writer";
import { readManifest } from "../contract/manifest_reader";
import { readRecord, sealed } from "../contract/record_reader";

const READERS: Readonly<Record<string, (data: Uint8Array) => Writable>> = {
  archives: (data) => {
    const archive = new Archive(data);
    return new Map(archive.names.map((name): [string, Json] => [name, sha256(archive.read(name))]));
  },
  bundles: (data) => {
    const bundle = openBundle(data);
    for (const [place, one] of bundle.content.artifacts.entries()) {
      readManifestOf(bundle.content, place, bundle.read(one.manifest));
    }
    return bundle.document;
  },
  manifests: (data) => readManifest(data) as unknown as Writable,
  records: readRecord,
  runs: (data) => {
    const { height_px, width_px, classes } = decodeClassMap(data);
    return { height_px, width_px, classes: sha256(classes) };
  },
};

/** Every kind that can be asked for. */
export const KINDS = Object.keys(READERS);

/** Return a record sealed anew, as the page writes records: what a comparison with other readers starts from. */
export function reseal(data: Uint8Array): string {
  return sealed(Object.fromEntries(readRecord(data)));
}

/** Return `read` and the hash of what a file says, or the name of the fault that it is refused for. */
export function check(kind: string, data: Uint8Array): string {
  const read = READERS[kind];
  if (!read) throw new TypeError(`no such kind: ${kind}`);
  try {
    const hash = new RunningHash();
    feed(hash, read(data));
    return `read ${hash.hex()}`;
  } catch (error) {
    if (error instanceof Refused) return error.fault;
    throw error;
  }
}

/**
 * Feed the one form of a value to a hash: fields sorted, texts by their UTF-16 units in hex, numbers as 64-bit floats.
 *
 * However a document was written, the same values give the same hash, in whatever language.
 */
function feed(hash: RunningHash, value: Writable): void {
  const say = (text: string) => hash.update(new TextEncoder().encode(text));
  if (value === null || value === undefined || typeof value === "boolean") say(`${value};`);
  else if (typeof value === "string") say(`"${unitsOf(value)};`);
  else if (typeof value === "number" || typeof value === "bigint" || value instanceof Real) {
    say(`#${floatOf(Number(numberOf(value)))};`);
  } else if (Array.isArray(value)) {
    say("[");
    for (const inside of value) feed(hash, inside);
    say("]");
  } else {
    const fields: Iterable<[string, Writable]> = isTable(value as Json)
      ? (value as Map<string, Json>)
      : Object.entries(value);
    const named = [...fields].map(([name, inside]): [string, Writable] => [unitsOf(name), inside]);
    say("{");
    for (const [name, inside] of named.sort(([one], [other]) => (one < other ? -1 : 1))) {
      say(`${name}:`);
      feed(hash, inside);
    }
    say("}");
  }
}

function unitsOf(text: string): string {
  return Array.from({ length: text.length }, (_, at) =>
    text.charCodeAt(at).toString(16).padStart(4, "0"),
  ).join("");
}

function floatOf(value: number): string {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value + 0); // there is one zero
  return bytes.getBigUint64(0).toString(16).padStart(16, "0");
}
