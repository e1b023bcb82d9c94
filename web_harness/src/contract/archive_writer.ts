// Writes the one canonical zip of some files.

import { centralHeader, type Entry, endRecord, localHeader, MOST_BYTES, MOST_ENTRIES } from "./archive_form";
import { hasTwins, nameFault } from "./archive_names";
import { crc32 } from "./crc32";
import { ArchiveRefused } from "./faults";

/** Return the zip as parts in order, so that a Blob may be made of it without a copy. Throws ArchiveRefused. */
export function archiveParts(files: ReadonlyMap<string, Uint8Array>): Uint8Array[] {
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const name of [...files.keys()].sort(byBytes)) {
    const fault = nameFault(name);
    if (fault) throw new ArchiveRefused(fault, `${name} may be no name of a file: ${fault}`);
    const data = files.get(name)!;
    const entry: Entry = { name, offset, size_bytes: data.length, crc: crc32(data), needed: 10 };
    const header = localHeader(entry);
    body.push(header, data);
    directory.push(centralHeader(entry));
    offset += header.length + data.length;
    if (offset > MOST_BYTES) break;
  }
  if (hasTwins([...files.keys()])) throw new ArchiveRefused("same-name", "two names are one");
  const size_bytes = directory.reduce((sum, part) => sum + part.length, 0);
  const end = endRecord({ count: files.size, size_bytes, offset });
  if (files.size > MOST_ENTRIES || offset + size_bytes + end.length > MOST_BYTES) {
    throw new ArchiveRefused("too-large", `${files.size} files are more than a zip holds`);
  }
  return [...body, ...directory, end];
}

/** Return the zip in one piece. Throws ArchiveRefused. */
export function writeArchive(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts = archiveParts(files);
  const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

function byBytes(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0; // names are ASCII
}
