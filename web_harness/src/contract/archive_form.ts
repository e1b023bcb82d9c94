// The headers of the canonical zip, byte by byte; docs/bundle.md, "The zip".

import { type ArchiveFault, ArchiveRefused } from "./faults";

export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
export const MOST_ENTRIES = 65_534;
export const MOST_BYTES = 0xffff_fffe;

const LOCAL = 0x0403_4b50;
const CENTRAL = 0x0201_4b50;
const END = 0x0605_4b50;
const NEEDED = 10;
const MADE_BY = 20;
const DATE = 0x21;
const NONE = 0xffff_ffff; // in a zip64, where the real number stands elsewhere

/** A file in the archive. `offset`: of its local header. Its name is ASCII. */
export interface Entry {
  readonly name: string;
  readonly offset: number;
  readonly size_bytes: number;
  readonly crc: number;
  readonly needed: number;
}

/** What the end record says. */
export interface Directory {
  readonly count: number;
  readonly size_bytes: number;
  readonly offset: number;
}

/** Return where the bytes of an entry begin. */
export function bodyOffset(entry: Entry): number {
  return entry.offset + LOCAL_BYTES + entry.name.length;
}

/** Return what the last 22 bytes of an archive say. Throws ArchiveRefused. */
export function directoryOf(data: Uint8Array): Directory {
  if (data.length < END_BYTES) throw new ArchiveRefused("truncated", `it has only ${data.length} bytes`);
  if (data.length > MOST_BYTES) throw new ArchiveRefused("zip64", `it has ${data.length} bytes`);
  const end = viewOf(data.subarray(data.length - END_BYTES));
  if (end.getUint32(0, true) !== END) {
    throw new ArchiveRefused("end-record", "it does not end with an end record");
  }
  const count = end.getUint16(10, true);
  const size_bytes = end.getUint32(12, true);
  const offset = end.getUint32(16, true);
  if (count > MOST_ENTRIES || size_bytes === NONE || offset === NONE) {
    throw new ArchiveRefused("zip64", "it is zip64");
  }
  const isPlain =
    end.getUint32(4, true) === 0 && end.getUint16(8, true) === count && end.getUint16(20, true) === 0;
  if (!isPlain || offset + size_bytes + END_BYTES !== data.length) {
    throw new ArchiveRefused("end-record", "its end record has a comment, or does not fit its size");
  }
  return { count, size_bytes, offset };
}

/** Return how long the name in a central header is. */
export function nameBytes(header: Uint8Array): number {
  return viewOf(header).getUint16(28, true);
}

/** Return what a central header says, and its name, a byte a sign. Throws ArchiveRefused. */
export function entryOf(header: Uint8Array, nameData: Uint8Array): Entry {
  const name = Array.from(nameData, (byte) => String.fromCharCode(byte)).join("");
  const fault = faultOf(viewOf(header));
  if (fault) throw new ArchiveRefused(fault, `the entry ${name} is not canonical: ${fault}`);
  const fields = viewOf(header);
  return {
    name,
    offset: fields.getUint32(42, true),
    size_bytes: fields.getUint32(24, true),
    crc: fields.getUint32(16, true),
    needed: fields.getUint16(6, true),
  };
}

/** Return the one local header that fits an entry, its name after it. */
export function localHeader(entry: Entry): Uint8Array {
  const made = new Uint8Array(LOCAL_BYTES + entry.name.length);
  viewOf(made).setUint32(0, LOCAL, true);
  writeShared(made, 4, entry);
  made.set(new TextEncoder().encode(entry.name), LOCAL_BYTES);
  return made;
}

/** Return the one central header of an entry, its name after it. */
export function centralHeader(entry: Entry): Uint8Array {
  const made = new Uint8Array(CENTRAL_BYTES + entry.name.length);
  const fields = viewOf(made);
  fields.setUint32(0, CENTRAL, true);
  fields.setUint16(4, MADE_BY, true);
  writeShared(made, 6, entry);
  fields.setUint32(42, entry.offset, true);
  made.set(new TextEncoder().encode(entry.name), CENTRAL_BYTES);
  return made;
}

/** Return the one end record. */
export function endRecord(said: Directory): Uint8Array {
  const made = new Uint8Array(END_BYTES);
  const fields = viewOf(made);
  fields.setUint32(0, END, true);
  fields.setUint16(8, said.count, true);
  fields.setUint16(10, said.count, true);
  fields.setUint32(12, said.size_bytes, true);
  fields.setUint32(16, said.offset, true);
  return made;
}

/** What both headers of an entry say alike. */
function writeShared(made: Uint8Array, at: number, entry: Entry): void {
  const fields = viewOf(made);
  fields.setUint16(at, entry.needed, true);
  fields.setUint16(at + 8, DATE, true);
  fields.setUint32(at + 10, entry.crc, true);
  fields.setUint32(at + 14, entry.size_bytes, true);
  fields.setUint32(at + 18, entry.size_bytes, true);
  fields.setUint16(at + 22, entry.name.length, true);
}

/** What is wrong with a central header, in the order of conformance/README.md; null for a canonical one. */
function faultOf(header: DataView): ArchiveFault | null {
  const word = (at: number) => header.getUint16(at, true);
  const long = (at: number) => header.getUint32(at, true);
  const flags = word(8);
  const isNeeded = word(6) === NEEDED || word(6) === MADE_BY;
  const checks: readonly (readonly [boolean, ArchiveFault])[] = [
    [long(0) !== CENTRAL, "end-record"],
    [(flags & 1) !== 0, "encrypted"],
    [(flags & 8) !== 0, "data-descriptor"],
    [flags !== 0, "flags"],
    [word(10) !== 0, "compressed"],
    [!isNeeded || [long(20), long(24), long(42)].includes(NONE), "zip64"],
    [long(20) !== long(24), "two-sizes"],
    [word(30) !== 0, "extra-field"],
    [word(32) !== 0, "comment"],
    [word(34) !== 0, "other-disk"],
    [word(4) !== MADE_BY, "made-by"],
    [word(36) !== 0 || long(38) !== 0, "attributes"],
    [word(12) !== 0 || word(14) !== DATE, "time"],
  ];
  return checks.find(([isWrong]) => isWrong)?.[1] ?? null;
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}
