// The canonical zip of docs/bundle.md, open to read; every other zip is refused.

import {
  bodyOffset,
  CENTRAL_BYTES,
  type Directory,
  directoryOf,
  type Entry,
  entryOf,
  localHeader,
  nameBytes,
} from "./archive_form";
import { hasTwins, nameFault } from "./archive_names";
import { crc32 } from "./crc32";
import { ArchiveRefused } from "./faults";

/** A zip in memory. All of its form is checked when it is opened, the CRC of a file when that is read. */
export class Archive {
  /** The names of all files, in order. */
  readonly names: readonly string[];
  private readonly entries: ReadonlyMap<string, Entry>;

  /** Open a zip. Throws ArchiveRefused. */
  constructor(private readonly data: Uint8Array) {
    const found = entriesOf(data, directoryOf(data));
    this.names = found.map((entry) => entry.name);
    this.entries = new Map(found.map((entry) => [entry.name, entry]));
    if (hasTwins(this.names)) throw new ArchiveRefused("same-name", "two of its names are one");
  }

  /** Return how large a file is. Throws ArchiveRefused where there is none of that name. */
  size_bytes(name: string): number {
    return this.entry(name).size_bytes;
  }

  /** Return a file's bytes, which are those of the zip and no copy. Throws ArchiveRefused. */
  read(name: string): Uint8Array {
    const entry = this.entry(name);
    const start = bodyOffset(entry);
    const found = this.data.subarray(start, start + entry.size_bytes);
    if (crc32(found) !== entry.crc) throw new ArchiveRefused("wrong-crc", `the CRC of ${name} is wrong`);
    return found;
  }

  private entry(name: string): Entry {
    const found = this.entries.get(name);
    if (!found) throw new ArchiveRefused("no-such-file", `it holds no ${name}`);
    return found;
  }
}

function entriesOf(data: Uint8Array, directory: Directory): Entry[] {
  const upto = directory.offset + directory.size_bytes;
  const found: Entry[] = [];
  let at = directory.offset;
  let body = 0; // where the next entry has to begin
  for (let place = 0; place < directory.count; place++) {
    if (at + CENTRAL_BYTES > upto) throw new ArchiveRefused("end-record", "its directory is truncated");
    const header = data.subarray(at, at + CENTRAL_BYTES);
    at += CENTRAL_BYTES;
    // A name that is said to be longer than the archive ends with it, and is refused for its place.
    const length = nameBytes(header);
    const entry = entryOf(header, data.subarray(at, at + length));
    at += length;
    checkName(entry.name, found.at(-1)?.name);
    body = checkPlace(data, entry, body, directory.offset);
    found.push(entry);
  }
  if (at !== upto) throw new ArchiveRefused("end-record", "its directory has bytes left over");
  if (body !== directory.offset) throw new ArchiveRefused("gap", "there is a gap before its directory");
  return found;
}

function checkName(name: string, before: string | undefined): void {
  const fault = nameFault(name);
  if (fault === "name-not-ascii") throw new ArchiveRefused(fault, `${name} is not of ASCII`);
  if (before !== undefined && name <= before) {
    throw new ArchiveRefused("not-sorted", `${name} does not come after ${before}`);
  }
  if (fault) throw new ArchiveRefused(fault, `${name} may be no name of a file: ${fault}`);
}

/** Check that an entry begins where the one before it ends; return where it ends itself. */
function checkPlace(data: Uint8Array, entry: Entry, body: number, directory: number): number {
  const end = bodyOffset(entry) + entry.size_bytes;
  if (entry.offset !== body || end > directory) {
    throw new ArchiveRefused("gap", `${entry.name} does not begin where the one before it ends`);
  }
  const wanted = localHeader(entry);
  if (!wanted.every((byte, place) => data[entry.offset + place] === byte)) {
    throw new ArchiveRefused("local-header", `the two headers of ${entry.name} differ`);
  }
  return end;
}
