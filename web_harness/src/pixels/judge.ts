// Is a class map what the desktop's run of the same file gave? docs/bundle.md, "The golden check".
import type { ArithmeticName } from "../contract/documents";
import type { ClassMap } from "./arrays";
import { edgePixels, isNearAnEdge } from "./edges";
import { likeness } from "./likeness";

/**
 * How near a class map is to another. `agreement`, `allowed`: shares of the pixels, of those that are equal and of those
 * that may differ. `likely`: what one that is not near looks like; empty where nothing explains it.
 */
export interface Judged {
  readonly agreement: number;
  readonly allowed: number;
  readonly is_near: boolean;
  readonly likely: string;
}

/** The share of the pixels along edges that may differ, fine to coarse. */
const EDGE_SHARES: Readonly<Record<ArithmeticName, number>> = { float32: 0.01, float16: 0.1, int8: 0.2 };
const LEAST_PIXELS = 16;
const AWAY_PX = 3;
const AWAY_SHARE = 0.25;

/** Return the coarser of two arithmetics; one that is not known counts as 16-bit floats. */
export function coarser(one: ArithmeticName, other: ArithmeticName | null): ArithmeticName {
  const second = other ?? "float16";
  return EDGE_SHARES[second] > EDGE_SHARES[one] ? second : one;
}

/** Return the share of a photo's pixels that may differ from its golden map. */
export function allowedShare(golden: ClassMap, arithmetic: ArithmeticName): number {
  const along = EDGE_SHARES[arithmetic] * edgePixels(golden);
  return Math.min(1, Math.max(LEAST_PIXELS, along) / golden.classes.length);
}

/** Compare a photo's class map with its golden one. `before`: the map of the photo that ran before it. */
export function judge(
  found: ClassMap,
  golden: ClassMap,
  allowed: number,
  before: ClassMap | null = null,
): Judged {
  if (found.height_px !== golden.height_px || found.width_px !== golden.width_px) {
    const likely = `it is ${found.height_px} x ${found.width_px}, not ${golden.height_px} x ${golden.width_px}`;
    return { agreement: 0, allowed, is_near: false, likely };
  }
  const size = golden.classes.length;
  let differ = 0;
  let away = 0;
  for (let place = 0; place < size; place++) {
    if (found.classes[place] === golden.classes[place]) continue;
    differ++;
    const row = Math.floor(place / golden.width_px);
    if (!isNearAnEdge(golden, row, place - row * golden.width_px, AWAY_PX)) away++;
  }
  const agreement = 1 - differ / size;
  const is_near =
    differ / size <= allowed && away / size <= Math.max(LEAST_PIXELS / size, AWAY_SHARE * allowed);
  return {
    agreement,
    allowed,
    is_near,
    // a look that takes longer than all the rest: only where somebody reads it
    get likely() {
      return is_near ? "" : likeness(found, golden, agreement, before);
    },
  };
}
