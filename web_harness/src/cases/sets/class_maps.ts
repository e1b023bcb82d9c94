// The cases of scores, or classes, that become a class map of a photo's size; `engines` are scores that runtimes gave.

import { sha256 } from "../../contract/hashes";
import { resizeClasses } from "../../pixels/class_map";
import { type Scores, scoresToClassMap } from "../../pixels/scores";
import { type CaseFolder, type CaseResult, differs, expectEqual, runSet } from "../case";
import { type CaseArray, causeOf, expectArray, ofMap, toFloats, toMap } from "../case_array";
import type { Said } from "../said";

/** Return how every case came out. `set`: this one, or `engines`. */
export function run(folder: CaseFolder, set = "class_maps"): CaseResult[] {
  return runSet(folder, set, { scores: ofScores, classes: ofClasses });
}

/** Maps may differ where the two best scores are as good as equal. */
function ofScores(said: Said): void {
  const scores = toScores(said.array("scores"));
  const found = scoresToClassMap(scores, said.number("height_px"), said.number("width_px"));
  const right = toMap(said.array("is"));
  expectEqual([found.height_px, found.width_px], [right.height_px, right.width_px], "its size");
  const may = new Set(said.numbers("may_differ"));
  const differ = [...right.classes.keys()].filter(
    (place) => found.classes[place] !== right.classes[place] && !may.has(place),
  );
  if (differ.length === 0) return;
  const cause = causeOf(sha256(found.classes), said.table("faults"));
  differs(`${differ.length} pixels differ that may not, ${differ[0]} is the first: ${cause}`);
}

function ofClasses(said: Said): void {
  const found = resizeClasses(
    toMap(said.array("classes")),
    said.number("height_px"),
    said.number("width_px"),
  );
  expectArray(ofMap(found), said);
}

function toScores(said: CaseArray): Scores {
  const [classes, height_px, width_px] = said.shape as [number, number, number];
  const values = toFloats(said);
  const not_finite = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  return { classes, height_px, width_px, values, not_finite };
}
