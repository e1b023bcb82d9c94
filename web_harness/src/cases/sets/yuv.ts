// The set `yuv`: a camera's planes become RGB.
import { type Plane, yuvToRgb } from "../../pixels/yuv";
import {
  bytesOf,
  type CaseFolder,
  type CaseResult,
  type Expected,
  expectPicture,
  expectRefused,
  runLists,
  type SaidArray,
} from "../pixel_frame";

type SaidPlane = Omit<Plane, "memory"> & { readonly memory: SaidArray };

interface YuvCase extends Expected {
  readonly height_px: number;
  readonly width_px: number;
  readonly y: SaidPlane;
  readonly u: SaidPlane;
  readonly v: SaidPlane;
}

/** Return how each case came out. Planes that are a byte short of their last sample must be refused, and not read. */
export function run(folder: CaseFolder): CaseResult[] {
  const plane = (said: SaidPlane): Plane => ({ ...said, memory: bytesOf(said.memory, folder) });
  return runLists("yuv", folder, {
    cases: (said: YuvCase) => {
      const planes = [said.y, said.u, said.v].map(plane) as [Plane, Plane, Plane];
      expectPicture(yuvToRgb(said.height_px, said.width_px, ...planes), said);
      const short = planes.map((one, place) => shortened(one, said, place)) as [Plane, Plane, Plane];
      for (const place of [0, 1, 2]) {
        const some = planes.map((one, at) => (at === place ? short[at]! : one)) as [Plane, Plane, Plane];
        expectRefused("beyond-memory", () => yuvToRgb(said.height_px, said.width_px, ...some));
      }
    },
  });
}

function shortened(plane: Plane, said: YuvCase, place: number): Plane {
  const [rows, columns] =
    place === 0 ? [said.height_px, said.width_px] : [(said.height_px + 1) >> 1, (said.width_px + 1) >> 1];
  const last =
    plane.offset_bytes + (rows - 1) * plane.row_stride_bytes + (columns - 1) * plane.pixel_stride_bytes;
  return { ...plane, memory: plane.memory.slice(0, last) };
}
