// The set `camera`: a camera's pictures are turned, and mirrored where they are to be a mirror.
import { fromCamera } from "../../pixels/turns";
import {
  type CaseFolder,
  type CaseResult,
  type Expected,
  expectPicture,
  pictureOf,
  runLists,
  type SaidArray,
} from "../pixel_frame";

interface CameraCase extends Expected {
  readonly rgb: SaidArray;
  readonly rotation_degrees: number;
  readonly mirror: boolean;
}

/** Return how each case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runLists("camera", folder, {
    cases: (said: CameraCase) => {
      const facing = said.mirror ? "mirrored" : "as taken";
      expectPicture(fromCamera(pictureOf(said.rgb, folder), said.rotation_degrees, facing), said);
    },
  });
}
