// The cases of a camera's planes. Planes that end a byte before their last sample must be refused, and not read.

import { type Plane, yuvToRgb } from "../../pixels/yuv";
import { type CaseFolder, type CaseResult, expectRefused, runSet } from "../case";
import { expectArray, ofPicture } from "../case_array";
import type { Said } from "../said";

type Planes = readonly [y: Plane, u: Plane, v: Plane];

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "yuv", { cases: converted });
}

function converted(said: Said): void {
  const [height_px, width_px] = [said.number("height_px"), said.number("width_px")];
  const planes: Planes = [plane(said, "y"), plane(said, "u"), plane(said, "v")];
  expectArray(ofPicture(yuvToRgb(height_px, width_px, ...planes)), said);
  for (const place of [0, 1, 2]) {
    const sides = place === 0 ? [height_px, width_px] : [(height_px + 1) >> 1, (width_px + 1) >> 1];
    const short = planes.map((one, at) => (at === place ? shortened(one, sides) : one));
    expectRefused("beyond-memory", () => yuvToRgb(height_px, width_px, ...(short as unknown as Planes)));
  }
}

function plane(said: Said, name: string): Plane {
  const its = said.table(name);
  return {
    memory: its.array("memory").data,
    offset_bytes: its.number("offset_bytes"),
    row_stride_bytes: its.number("row_stride_bytes"),
    pixel_stride_bytes: its.number("pixel_stride_bytes"),
  };
}

function shortened(plane: Plane, [rows, columns]: readonly number[]): Plane {
  const last = (rows! - 1) * plane.row_stride_bytes + (columns! - 1) * plane.pixel_stride_bytes;
  return { ...plane, memory: plane.memory.slice(0, plane.offset_bytes + last) };
}
