// The set `exif`: stored pictures stand upright.
import { upright } from "../../pixels/turns";
import {
  type CaseFolder,
  type CaseResult,
  type Expected,
  expectPicture,
  pictureOf,
  runLists,
  type SaidArray,
} from "../pixel_frame";

interface ExifCase extends Expected {
  readonly rgb: SaidArray;
  readonly orientation: number;
}

/** Return how each case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runLists("exif", folder, {
    cases: (said: ExifCase) => expectPicture(upright(pictureOf(said.rgb, folder), said.orientation), said),
  });
}
