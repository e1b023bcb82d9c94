// The cases of stored pictures that are to stand upright.

import { upright } from "../../pixels/turns";
import { type CaseFolder, type CaseResult, runSet } from "../case";
import { expectArray, ofPicture, toPicture } from "../case_array";
import type { Said } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "exif", { cases: turned });
}

function turned(said: Said): void {
  expectArray(ofPicture(upright(toPicture(said.array("rgb")), said.number("orientation"))), said);
}
