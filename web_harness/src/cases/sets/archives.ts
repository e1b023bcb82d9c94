// The cases of zips.

import { Archive } from "../../contract/archive";
import { writeArchive } from "../../contract/archive_writer";
import { type CaseResult, differs, expectEqual, expectRefused, runSet } from "../case";
import { type Said, unhex } from "../said";

/** Return how every case came out. */
export function run(folder: string): CaseResult[] {
  return runSet(folder, "archives", { cases: bothWays, refused });
}

function bothWays(said: Said): void {
  const { data } = said.array("bytes");
  const listed = said.table("files");
  const found = unzipped(data);
  expectEqual([...found.keys()].sort(), listed.names().sort(), "the list of files");
  for (const [name, content] of found) {
    if (Buffer.compare(content, unhex(listed.text(name))) !== 0) differs(`${name} is read otherwise`);
  }
  const isSame = Buffer.compare(writeArchive(found), data) === 0;
  expectEqual(isSame, said.bool("written"), "written as the same bytes");
}

function refused(said: Said): void {
  expectRefused(said.text("error"), () => unzipped(said.array("bytes").data));
}

function unzipped(data: Uint8Array): Map<string, Uint8Array> {
  const archive = new Archive(data);
  return new Map(archive.names.map((name) => [name, archive.read(name)]));
}
