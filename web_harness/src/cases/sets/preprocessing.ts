// The set `preprocessing`: a photo to an input's size, and to its bytes.
import type { TensorSpec } from "../../contract/documents";
import { inputBytes } from "../../pixels/input_tensor";
import { resize } from "../../pixels/resize";
import {
  type CaseFolder,
  type CaseResult,
  type Expected,
  expectArray,
  expectPicture,
  pictureOf,
  runLists,
  type SaidArray,
  tensorOf,
} from "../pixel_frame";

interface ResizeCase extends Expected {
  readonly rgb: SaidArray;
  readonly height_px: number;
  readonly width_px: number;
}

interface TensorCase extends Expected {
  readonly rgb: SaidArray;
  readonly tensor: Partial<TensorSpec>;
}

/** Return how each case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runLists("preprocessing", folder, {
    resize: (said: ResizeCase) => {
      expectPicture(resize(pictureOf(said.rgb, folder), said.height_px, said.width_px), said);
    },
    tensors: (said: TensorCase) => {
      const spec = tensorOf(said.tensor);
      const found = inputBytes(pictureOf(said.rgb, folder), spec);
      expectArray(spec.dtype, spec.shape, found, said.is, said.faults);
    },
  });
}
