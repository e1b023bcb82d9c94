// What a worker works with: its clock, the yardstick by it, and the pixels' own functions.

import { encodeClassMap } from "../contract/class_map_file";
import { batchOf, clockStepMs } from "../method/clock";
import { Yardstick } from "../method/yardstick";
import type { Picture } from "../pixels/arrays";
import { decodePhoto } from "../pixels/decode";
import { inputBytes } from "../pixels/input_tensor";
import { PhotoRefused } from "../pixels/photo_file";
import { resize } from "../pixels/resize";
import { segmented } from "../pixels/segmentation";
import { CannotRun } from "./backend";
import type { StepTools } from "./step";

/** Return a worker's tools; clock and yardstick are measured at their first use, and once. */
export function workerTools(): StepTools {
  const now = () => performance.now();
  let step: number | null = null;
  let yardstick: Yardstick | null = null;
  const stepMs = () => {
    step ??= clockStepMs(now);
    return step;
  };
  return {
    now,
    stepMs,
    yardstick: () => {
      yardstick ??= new Yardstick(stepMs(), now);
      return yardstick.read();
    },
    batch: (runMs) => batchOf(stepMs(), runMs),
    inputTensor: (picture, manifest) => inputBytes(picture, manifest.inputs[0]!),
    classMap: segmented,
    encode: encodeClassMap,
    decode,
    resize,
  };
}

/** Decode a photo of the bundle; one that this browser cannot decode is no fault of the file that is measured. */
async function decode(photo: Uint8Array, type: string): Promise<Picture> {
  try {
    return await decodePhoto(new Blob([photo as Uint8Array<ArrayBuffer>], { type }));
  } catch (error) {
    if (error instanceof PhotoRefused) throw new CannotRun(error.message);
    throw error;
  }
}
