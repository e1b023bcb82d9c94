// Two files compared, at 95 % over the number of pairs that are looked at; docs/method.md, "Comparing two files".
import { type Confusion, miou, totalOf } from "../pixels/confusion";
import { draw, ROUNDS } from "./draws";
import { type Interval, LEAST_PHOTOS, resampledMedians, resampledMious } from "./intervals";
import { normalQuantile } from "./normal";
import { deviation, median } from "./samples";

/** A difference, or a ratio, with its interval, null for too small a sample. */
export interface Difference {
  readonly value: number;
  readonly interval: Interval | null;
  /** Whether the sample shows a difference. */
  readonly is_shown: boolean;
}

/** Runs by turns, in ms. */
type Runs = readonly (readonly number[])[];

/** Return how many times the first's latency is of the second's, where both took turns in the same passes. */
export function ratio(first: Runs, second: Runs, pairs: number, allowance: number): Difference {
  const count = Math.min(first.length, second.length);
  const logs = Array.from({ length: count }, (_, pass) =>
    Math.log(median(first[pass]!) / median(second[pass]!)),
  );
  if (count < 2) return difference(Math.exp(logs[0] ?? Number.NaN), null, 1);
  const drawn = Array.from({ length: ROUNDS }, (_, round) =>
    median(logs.map((_, place) => logs[draw(round * count + place, count)]!)),
  );
  return ofLogs(median(logs), deviation(drawn), pairs, allowance);
}

/** Return how many times the first's latency is of the second's, where they were measured at other times. */
export function unpairedRatio(first: Runs, second: Runs, pairs: number, allowance: number): Difference {
  const value = Math.log(median(first.flat()) / median(second.flat()));
  if (Math.min(first.length, second.length) < 2) return difference(Math.exp(value), null, 1);
  return ofLogs(value, Math.hypot(spread(first), spread(second)), pairs, allowance);
}

/** Return the first's mIoU less the second's, over the same photos in order. */
export function differenceOfMiou(
  first: readonly Confusion[],
  second: readonly Confusion[],
  pairs: number,
): Difference {
  const value = whole(first) - whole(second);
  if (first.length < LEAST_PHOTOS) return difference(value, null, 0);
  const others = resampledMious(second);
  const drawn = resampledMious(first).map((one, round) => one - others[round]!);
  const reach = errors(pairs) * deviation(drawn);
  return difference(value, { low: value - reach, high: value + reach }, 0);
}

function whole(photos: readonly Confusion[]): number {
  return miou(totalOf(photos, photos[0]!.classes)) ?? 0;
}

function ofLogs(value: number, deviated: number, pairs: number, allowance: number): Difference {
  const reach = errors(pairs) * deviated + Math.log1p(allowance);
  return difference(Math.exp(value), { low: Math.exp(value - reach), high: Math.exp(value + reach) }, 1);
}

/** `none`: the value of no difference. */
function difference(value: number, interval: Interval | null, none: number): Difference {
  return { value, interval, is_shown: interval !== null && (interval.low > none || interval.high < none) };
}

function errors(pairs: number): number {
  return normalQuantile(1 - 0.05 / Math.max(1, pairs) / 2);
}

function spread(turns: Runs): number {
  return deviation(resampledMedians(turns).map(Math.log));
}
