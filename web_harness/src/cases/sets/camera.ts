// The cases of a camera's pictures: turned, and mirrored where they are to be a mirror.

import { fromCamera } from "../../pixels/turns";
import { type CaseFolder, type CaseResult, runSet } from "../case";
import { expectArray, ofPicture, toPicture } from "../case_array";
import type { Said } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "camera", { cases: turned });
}

function turned(said: Said): void {
  const facing = said.bool("mirror") ? "mirrored" : "as taken";
  const found = fromCamera(toPicture(said.array("rgb")), said.number("rotation_degrees"), facing);
  expectArray(ofPicture(found), said);
}
