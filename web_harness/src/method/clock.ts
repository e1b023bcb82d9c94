// How coarse this browser's clock is, and how many runs one sample must hold for it; docs/method.md, "Turns and passes".

/** Some seconds: browsers that hide what they can from pages have steps of up to 100 ms. */
const MOST_READS = 20_000_000;
const MOST_TICKS = 50;
const LEAST_TICKS = 3;
const LONGEST_MS = 30;
/** Steps that a sample lasts: then the step is at most 1 % of it. */
const STEPS_A_SAMPLE = 100;
/** A run that no clock sees is taken to last so long. */
const LEAST_RUN_MS = 0.001;
/** As many runs as a record's sample may hold. */
const MOST_RUNS = 1_000_000;

/**
 * Return the clock's step in ms: the least difference above 0 between two readings, of some dozens; reading itself takes
 * less than any browser's step. A clock that stands still for long says its step once it has moved a few times.
 */
export function clockStepMs(now: () => number = () => performance.now()): number {
  let least = Number.POSITIVE_INFINITY;
  const start = now();
  let last = start;
  let ticks = 0;
  for (let reads = 0; reads < MOST_READS && ticks < MOST_TICKS; reads++) {
    const read = now();
    if (read === last) continue;
    if (read > last) {
      least = Math.min(least, read - last);
      ticks++;
    }
    last = read;
    if (ticks >= LEAST_TICKS && read - start > LONGEST_MS) break;
  }
  if (!Number.isFinite(least)) throw new RangeError("this browser's clock stands still");
  return Math.round(least * 1e6) / 1e6; // differences of doubles: whole nanoseconds are all that is in them
}

/** Return how many runs are timed at once, so that the clock's step is at most 1 % of a sample. */
export function batchOf(step_ms: number, run_ms: number): number {
  const runs = Math.ceil((STEPS_A_SAMPLE * step_ms) / Math.max(run_ms, LEAST_RUN_MS));
  return Math.min(Math.max(1, runs), MOST_RUNS);
}
