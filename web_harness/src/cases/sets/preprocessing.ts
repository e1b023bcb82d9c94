// The cases of photos that become inputs: their size, and the input's bytes.

import type { TensorSpec } from "../../contract/documents";
import { plain } from "../../contract/json";
import type { ElementType } from "../../pixels/arrays";
import { inputBytes } from "../../pixels/input_tensor";
import { resize } from "../../pixels/resize";
import { type CaseFolder, type CaseResult, runSet } from "../case";
import { expectArray, ofPicture, toPicture } from "../case_array";
import type { Said } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "preprocessing", { resize: resized, tensors });
}

function resized(said: Said): void {
  const photo = toPicture(said.array("rgb"));
  expectArray(ofPicture(resize(photo, said.number("height_px"), said.number("width_px"))), said);
}

function tensors(said: Said): void {
  const spec = { ...(plain(said.table("tensor").fields) as TensorSpec), name: "image" };
  const data = inputBytes(toPicture(said.array("rgb")), spec);
  expectArray({ dtype: spec.dtype as ElementType, shape: spec.shape, data }, said);
}
