// How long one turn works; docs/method.md, "Turns and passes".

/** Times in ms. `sample_ms`: of runs that are timed. `wake_ms`: of work that nothing is read from. `slow_ms`: of a run that
 * is long beside a cold cache. `yardstick_reads`: before the first that counts. `warm_up_*`: see WarmUp. */
export interface TurnEffort {
  readonly sample_ms: number;
  readonly warm_up_least_ms: number;
  readonly warm_up_most_ms: number;
  readonly wake_ms: number;
  readonly slow_ms: number;
  readonly yardstick_reads: number;
  readonly passages: number;
}

/** What a turn takes where nobody says otherwise. */
export const TURN_EFFORT: TurnEffort = {
  sample_ms: 50,
  // Chromium's better code of a file comes some 0.9 s after its first run, and all runs until then are alike
  warm_up_least_ms: 1000,
  warm_up_most_ms: 3000,
  wake_ms: 5,
  slow_ms: 50,
  yardstick_reads: 2,
  passages: 3,
};

/** Samples of a turn: a thousand turns of so many are as many as a record takes. */
export const MOST_SAMPLES = 500;

/** Return how many samples a turn takes, where one takes `sampleMs`. */
export function samplesOf(effort: TurnEffort, sampleMs: number): number {
  const wanted = Math.ceil(effort.sample_ms / Math.max(sampleMs, 0.001));
  return Math.min(Math.max(wanted, 1), MOST_SAMPLES);
}
