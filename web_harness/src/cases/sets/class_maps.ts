// The sets `class_maps` and `engines`: scores, or classes, become a class map of a photo's size.
import { resizeClasses } from "../../pixels/class_map";
import { scoresToClassMap } from "../../pixels/scores";
import {
  type CaseFolder,
  type CaseResult,
  causeOf,
  classMapOf,
  type Expected,
  expectMap,
  expectSame,
  hashOf,
  runLists,
  type SaidArray,
  scoresOf,
} from "../pixel_frame";

interface Sized extends Expected {
  readonly height_px: number;
  readonly width_px: number;
}

interface ScoresCase extends Sized {
  readonly scores: SaidArray;
  readonly may_differ: readonly number[];
}

interface ClassesCase extends Sized {
  readonly classes: SaidArray;
}

/** Return how each case came out; maps may differ where two scores are as good as equal. */
export function run(folder: CaseFolder, set = "class_maps"): CaseResult[] {
  return runLists(set, folder, {
    scores: (said: ScoresCase) => {
      const found = scoresToClassMap(scoresOf(said.scores, folder), said.height_px, said.width_px);
      const right = classMapOf(said.is, folder);
      expectSame([found.height_px, found.width_px], [right.height_px, right.width_px], "its size");
      const may = new Set(said.may_differ);
      const differ = [...right.classes.keys()].filter(
        (place) => found.classes[place] !== right.classes[place] && !may.has(place),
      );
      if (differ.length === 0) return;
      const cause = causeOf(hashOf(found.classes), said.faults);
      throw new Error(`${differ.length} pixels differ that may not, ${differ[0]} is the first: ${cause}`);
    },
    classes: (said: ClassesCase) => {
      expectMap(resizeClasses(classMapOf(said.classes, folder), said.height_px, said.width_px), said);
    },
  });
}
