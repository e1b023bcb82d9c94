// How sure a median or a score is: 95 % intervals of percentile bootstraps; docs/method.md, "Figures".
import { type Confusion, miou, totalOf } from "../pixels/confusion";
import { ROUNDS, timesDrawn } from "./draws";
import { percentileOfOrdered } from "./samples";

/** Both ends of an interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Photos below which a mIoU has no interval. */
export const LEAST_PHOTOS = 10;
const LOW_PERCENT = 2.5;
const HIGH_PERCENT = 97.5;

/** Return the interval of the median over all runs of the turns, whole turns drawn; null for fewer than two turns. */
export function intervalOfMedian(turns: readonly (readonly number[])[]): Interval | null {
  if (turns.length < 2 || turns.every((turn) => turn.length === 0)) return null;
  return ends(resampledMedians(turns));
}

/** Return the interval of the mIoU over photos, from their matrices; null for fewer than ten. */
export function intervalOfMiou(photos: readonly Confusion[]): Interval | null {
  return photos.length < LEAST_PHOTOS ? null : ends(resampledMious(photos));
}

/** Return the medians over the runs of drawn turns, one a round; NaN of a round whose turns hold no run. */
export function resampledMedians(turns: readonly (readonly number[])[]): Float64Array {
  const runs = turns.flatMap((turn, place) => turn.map((value) => ({ value, place })));
  runs.sort((one, other) => one.value - other.value);
  const values = Float64Array.from(runs, (run) => run.value);
  const places = Uint32Array.from(runs, (run) => run.place);
  return Float64Array.from({ length: ROUNDS }, (_, round) =>
    weightedMedian(values, places, timesDrawn(round, turns.length), turns),
  );
}

/** The median where each value stands as often as its turn was drawn. */
function weightedMedian(
  values: Float64Array,
  places: Uint32Array,
  times: Uint32Array,
  turns: readonly (readonly number[])[],
): number {
  let total = 0;
  for (let place = 0; place < times.length; place++) total += times[place]! * turns[place]!.length;
  const lower = Math.floor((total + 1) / 2);
  const upper = Math.floor(total / 2) + 1;
  let up_to = 0;
  let first = Number.NaN;
  for (let at = 0; at < values.length; at++) {
    up_to += times[places[at]!]!;
    if (Number.isNaN(first) && up_to >= lower) first = values[at]!;
    if (up_to >= upper) return (first + values[at]!) / 2;
  }
  return Number.NaN;
}

/** Return the mIoUs over drawn photos of the same classes, one a round; 0 where no pixel drawn has a label. */
export function resampledMious(photos: readonly Confusion[]): Float64Array {
  const classes = photos[0]!.classes;
  return Float64Array.from({ length: ROUNDS }, (_, round) => {
    const times = timesDrawn(round, photos.length);
    const drawn = photos.map((photo, place) => ({
      classes,
      counts: photo.counts.map((count) => count * times[place]!),
    }));
    return miou(totalOf(drawn, classes)) ?? 0;
  });
}

function ends(drawn: Float64Array): Interval {
  const inOrder = drawn.slice().sort();
  return { low: percentileOfOrdered(inOrder, LOW_PERCENT), high: percentileOfOrdered(inOrder, HIGH_PERCENT) };
}
