// The zip in which a job's results are saved: an ordinary one of `JOB/0.json`, `JOB/maps/HASH.runs`, `JOB/progress.json`.
//
// It is of the bundle's form but for its names: those of class maps are longer than a bundle's may be.

import { centralHeader, type Entry, endRecord, localHeader } from "../contract/archive_form";
import { crc32 } from "../contract/crc32";

/** Return the zip's parts in order, so that a Blob is made of it without a copy. */
export function sharedZip(job: string, files: ReadonlyMap<string, Uint8Array>): Uint8Array[] {
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [file, data] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const entry: Entry = {
      name: `${job}/${file}`,
      offset,
      size_bytes: data.length,
      crc: crc32(data),
      needed: 10,
    };
    const header = localHeader(entry);
    body.push(header, data);
    directory.push(centralHeader(entry));
    offset += header.length + data.length;
  }
  const size_bytes = directory.reduce((sum, part) => sum + part.length, 0);
  return [...body, ...directory, endRecord({ count: files.size, size_bytes, offset })];
}
