// The cases of class map files.

import { decodeClassMap, encodeClassMap } from "../../contract/class_map_file";
import { type CaseFolder, type CaseResult, differs, expectRefused, runSet } from "../case";
import { areSameBytes, expectArray, ofMap, toMap } from "../case_array";
import { type Said, unhex } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "runs", { cases: bothWays, refused });
}

function bothWays(said: Said): void {
  const { data } = said.array("runs");
  expectArray(ofMap(decodeClassMap(data)), said, "map");
  const written = encodeClassMap(toMap(said.array("map")));
  if (!areSameBytes(written, data)) differs("the map is written as other bytes");
}

function refused(said: Said): void {
  expectRefused(said.text("error"), () => decodeClassMap(unhex(said.text("bytes"))));
}
