// The set `golden`: class maps held against golden ones.
import type { ArithmeticName } from "../../contract/documents";
import { edgePixels } from "../../pixels/edges";
import { allowedShare, judge } from "../../pixels/judge";
import {
  type CaseFolder,
  type CaseResult,
  classMapOf,
  expectSame,
  runLists,
  type SaidArray,
} from "../pixel_frame";

interface AllowedCase {
  readonly golden: SaidArray;
  readonly edge_pixels: number;
  readonly is: Readonly<Record<ArithmeticName, number>>;
}

interface NearCase {
  readonly found: SaidArray;
  readonly golden: SaidArray;
  readonly allowed: number;
  readonly agreement: number;
  readonly is_near: boolean;
  readonly faults: Readonly<Record<string, unknown>>;
}

/** Return how each case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runLists("golden", folder, {
    allowed: (said: AllowedCase) => {
      const golden = classMapOf(said.golden, folder);
      expectSame(edgePixels(golden), said.edge_pixels, "the number of pixels along edges");
      for (const [name, share] of Object.entries(said.is)) {
        expectWithin(allowedShare(golden, name as ArithmeticName), share, `the share for ${name}`);
      }
    },
    cases: (said: NearCase) => {
      const judged = judge(classMapOf(said.found, folder), classMapOf(said.golden, folder), said.allowed);
      expectWithin(judged.agreement, said.agreement, "the agreement");
      const cause = Object.keys(said.faults).join(" or ");
      expectSame(judged.is_near, said.is_near, cause === "" ? "near" : `near, as ${cause} gives it,`);
    },
  });
}

function expectWithin(found: number, wanted: number, what: string): void {
  if (!(Math.abs(found - wanted) <= 1e-6)) throw new Error(`${what} is ${found}, not ${wanted}`);
}
