// What a worker works with: its clock, the yardstick by it, and the pixels' own functions.

import { encodeClassMap } from "../contract/class_map_file";
import { batchOf, clockStepMs } from "../method/clock";
import { Yardstick } from "../method/yardstick";
import { inputBytes } from "../pixels/input_tensor";
import { resize } from "../pixels/resize";
import { segmented } from "../pixels/segmentation";
import { decodePhoto } from "./decode_photo";
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
    decode: decodePhoto,
    resize,
  };
}
