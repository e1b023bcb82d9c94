// The cases of zips.

import { Archive } from "../../contract/archive";
import { writeArchive } from "../../contract/archive_writer";
import { type CaseFolder, type CaseResult, differs, expectEqual, expectRefused, runSet } from "../case";
import { areSameBytes } from "../case_array";
import { type Said, unhex } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "archives", { cases: bothWays, refused });
}

function bothWays(said: Said): void {
  const { data } = said.array("bytes");
  const listed = said.table("files");
  const found = unzipped(data);
  expectEqual([...found.keys()].sort(), listed.names().sort(), "the list of files");
  for (const [name, content] of found) {
    if (!areSameBytes(content, unhex(listed.text(name)))) differs(`${name} is read otherwise`);
  }
  const isSame = areSameBytes(writeArchive(found), data);
  expectEqual(isSame, said.bool("written"), "written as the same bytes");
}

function refused(said: Said): void {
  expectRefused(said.text("error"), () => unzipped(said.array("bytes").data));
}

function unzipped(data: Uint8Array): Map<string, Uint8Array> {
  const archive = new Archive(data);
  return new Map(archive.names.map((name) => [name, archive.read(name)]));
}
