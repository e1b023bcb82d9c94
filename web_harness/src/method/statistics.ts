// What a file's turns amount to; docs/method.md, "Figures".
import type { Reading, Turn } from "../contract/documents";
import { undisturbed } from "./disturbance";
import { type Interval, intervalOfMedian } from "./intervals";
import { deviation, mean, median, ordered, percentile, percentileOfOrdered } from "./samples";

/** Named as in a record; null where the method gives no figure. `cv`, `drift`: shares. */
export interface Statistics {
  readonly runs: number;
  readonly turns: number;
  readonly undisturbed_turns: number;
  readonly p50_ms: number | null;
  readonly p50_low_ms: number | null;
  readonly p50_high_ms: number | null;
  readonly p50_all_ms: number | null;
  readonly p90_ms: number | null;
  readonly p99_ms: number | null;
  readonly cv: number | null;
  readonly drift: number | null;
}

export const LEAST_UNDISTURBED = 12;
export const HALF_WIDTH = 0.03;
const RUN_ALLOWANCE = 0.025;
const LEAST_RUNS_P90 = 64;
const LEAST_RUNS_P99 = 662;
const LEAST_TURNS_DRIFT = 4;

/** Return the figures. `best`: the least that the yardstick is known to take on this device. */
export function statisticsOf(turns: readonly Turn[], best: Reading, threads: number): Statistics {
  return figures(turns, undisturbed(turns, best, threads));
}

/** Return whether a file needs no further turn. */
export function isEnough(turns: readonly Turn[], best: Reading, threads: number): boolean {
  const kept = undisturbed(turns, best, threads);
  if (kept.length < LEAST_UNDISTURBED) return false;
  const width = halfWidth(figures(kept, kept));
  return width !== null && width < HALF_WIDTH;
}

/** Return the least of a run's own readings, where no better is known; null without a turn. */
export function bestOf(turns: readonly Turn[]): Reading | null {
  if (turns.length === 0) return null;
  const readings = turns.flatMap((turn) => [turn.before, turn.after]);
  return {
    integer_ms: Math.min(...readings.map((one) => one.integer_ms)),
    memory_ms: Math.min(...readings.map((one) => one.memory_ms)),
  };
}

/** Return half the width of p50's interval, as a share of p50; null where there is no interval. */
export function halfWidth(found: Statistics): number | null {
  const { p50_ms, p50_low_ms, p50_high_ms } = found;
  if (p50_ms === null || p50_low_ms === null || p50_high_ms === null) return null;
  return (p50_high_ms - p50_low_ms) / 2 / p50_ms;
}

function figures(turns: readonly Turn[], kept: readonly Turn[]): Statistics {
  const counted = kept.length >= LEAST_UNDISTURBED ? kept : turns;
  const runs = ordered(counted.flatMap((turn) => turn.execute_ms));
  const counts = { turns: turns.length, undisturbed_turns: kept.length };
  if (runs.length === 0) return { runs: 0, ...counts, ...NO_FIGURE };
  const p50_ms = percentileOfOrdered(runs, 50);
  const found = intervalOfMedian(counted.map((turn) => turn.execute_ms));
  const interval = found === null ? null : widened(p50_ms, found);
  const singles = turns.every((turn) => turn.batch === 1) ? runs : []; // the spread of means is another
  return {
    runs: turns.reduce((sum, turn) => sum + turn.execute_ms.length, 0),
    ...counts,
    p50_ms,
    p50_low_ms: interval?.low ?? null,
    p50_high_ms: interval?.high ?? null,
    p50_all_ms: percentile(
      turns.flatMap((turn) => turn.execute_ms),
      50,
    ),
    p90_ms: singles.length >= LEAST_RUNS_P90 ? percentileOfOrdered(singles, 90) : null,
    p99_ms: singles.length >= LEAST_RUNS_P99 ? percentileOfOrdered(singles, 99) : null,
    cv: singles.length > 1 ? known(deviation(singles) / mean(singles)) : null,
    drift: drift(counted),
  };
}

const NO_FIGURE = {
  p50_ms: null,
  p50_low_ms: null,
  p50_high_ms: null,
  p50_all_ms: null,
  p90_ms: null,
  p99_ms: null,
  cv: null,
  drift: null,
} as const;

/** Widen a median's interval by what no run sees from inside; errors add as squares on the log scale. */
function widened(value: number, interval: Interval): Interval | null {
  const below = Math.hypot(Math.log(value / interval.low), RUN_ALLOWANCE);
  const above = Math.hypot(Math.log(interval.high / value), RUN_ALLOWANCE);
  const low = known(value * Math.exp(-below));
  const high = known(value * Math.exp(above));
  return low === null || high === null ? null : { low, high };
}

function drift(turns: readonly Turn[]): number | null {
  if (turns.length < LEAST_TURNS_DRIFT) return null;
  const medians = turns
    .map((turn) => turn.execute_ms)
    .filter((runs) => runs.length > 0)
    .map(median);
  const half = medians.length >> 1;
  if (half === 0) return null;
  return known(median(medians.slice(medians.length - half)) / median(medians.slice(0, half)) - 1);
}

/** A figure; null where runs of no length at all give none. */
function known(figure: number): number | null {
  return Number.isFinite(figure) ? figure : null;
}
