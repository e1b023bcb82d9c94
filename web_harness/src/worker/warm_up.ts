// Runs a loaded file until it is steady: browsers compile WebAssembly anew, and better, while it runs.

import type { TurnEffort } from "./effort";

const BLOCK = 5;
const BLOCKS = 3;
const NEAR = 0.05;
const LEAST_RUNS = 3;
const BEAT_MS = 1000;
const STEPS_A_SAMPLE = 20;

/** What a warm-up came to. `run_ms`: the quickest of its last blocks' medians, so what a run takes now. */
export interface WarmedUp {
  readonly runs: number;
  readonly took_ms: number;
  readonly run_ms: number;
  readonly is_steady: boolean;
}

/**
 * Run until three blocks in a row have medians within 5 % of one another.
 *
 * At least `warm_up_least_ms` and 3 runs, at most `warm_up_most_ms`; of files too slow for that, 3 runs. Where the clock is
 * coarse, as many runs are timed at once as make its step a twentieth; a sample that was shorter does not count. `beat`: called each second, a sign of life.
 */
export async function warmUp(
  run: () => Promise<void>,
  now: () => number,
  stepMs: number,
  effort: TurnEffort,
  beat: () => void,
): Promise<WarmedUp> {
  const began = now();
  let beatAt = began;
  const medians: number[] = [];
  let block: number[] = [];
  let runs = 0;
  let batch = 1;
  // the runs of a block that is not full count, too: they may show that quicker code has just come
  const isSteady = () =>
    medians.length >= BLOCKS &&
    areNear([...medians.slice(-BLOCKS), ...(block.length > 0 ? [median(block)] : [])]);
  for (;;) {
    const start = now();
    for (let one = 0; one < batch; one += 1) await run();
    runs += batch;
    const lasted = now() - start;
    block.push(lasted / batch);
    if (lasted < STEPS_A_SAMPLE * stepMs) {
      // a step may hide much or nothing of so short a time: the more steps it was, the better is known how many runs it takes
      batch *= Math.max(2, Math.ceil((STEPS_A_SAMPLE * stepMs) / Math.max(lasted, stepMs)));
      block = [];
    }
    if (block.length === BLOCK) {
      medians.push(median(block));
      block = [];
    }
    const elapsed = now() - began;
    if (now() - beatAt >= BEAT_MS) {
      beat();
      beatAt = now();
    }
    const isEnough = runs >= LEAST_RUNS && elapsed >= effort.warm_up_least_ms;
    if (isEnough && (isSteady() || elapsed >= effort.warm_up_most_ms || isSlow(elapsed, runs, effort))) {
      const short = [block.length > 0 ? median(block) : elapsed / runs];
      const last = medians.length > 0 ? medians.slice(-BLOCKS) : short;
      return { runs, took_ms: elapsed, run_ms: Math.min(...last), is_steady: isSteady() };
    }
  }
}

/** Whether so slow that not even three blocks fit into the longest warm-up: then three runs are all. */
function isSlow(elapsedMs: number, runs: number, effort: TurnEffort): boolean {
  return (elapsedMs / runs) * BLOCK * BLOCKS > effort.warm_up_most_ms && runs >= LEAST_RUNS;
}

function areNear(values: readonly number[]): boolean {
  return Math.max(...values) <= (1 + NEAR) * Math.min(...values);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
