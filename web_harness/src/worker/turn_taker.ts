// Takes one turn of a loaded file: the yardstick, runs without a pause, the yardstick; docs/method.md.

import type { Reading } from "../contract/documents";
import { samplesOf, type TurnEffort } from "./effort";
import type { TurnTaken } from "./messages";

/** What a turn is taken with. `batch`: how many runs of so many ms one sample holds, as the clock's step asks for. */
export interface TurnTools {
  now(): number;
  yardstick(): Reading;
  batch(runMs: number): number;
}

/** Take it, after the warm-up said what a run takes. `began`: when its step did, by the same clock. */
export async function takeTurn(
  run: () => Promise<void>,
  tools: TurnTools,
  effort: TurnEffort,
  runMs: number,
  began: number,
): Promise<TurnTaken> {
  const { now } = tools;
  const batch = tools.batch(runMs);
  const samples = samplesOf(effort, batch * runMs);
  const starts = new Float64Array(samples);
  const ends = new Float64Array(samples);
  for (let read = 0; read < effort.yardstick_reads; read += 1) tools.yardstick();
  wake(now, effort.wake_ms);
  const before = tools.yardstick();
  if (runMs <= effort.slow_ms) await run(); // the yardstick has emptied the processor's caches
  const start = now();
  for (let sample = 0; sample < samples; sample += 1) {
    starts[sample] = now();
    for (let one = 0; one < batch; one += 1) await run();
    ends[sample] = now();
  }
  const wall_ms = now() - start;
  const after = tools.yardstick();
  const at_ms = Array.from(starts, (at) => at - start);
  const execute_ms = Array.from(ends, (end, place) => (end - starts[place]!) / batch);
  return { offset_ms: start - began, before, after, wall_ms, batch, at_ms, execute_ms };
}

/** Work for a moment: a processor that was asleep comes to its frequency. */
function wake(now: () => number, forMs: number): void {
  const start = now();
  let work = 0;
  while (now() - start < forMs && work < Number.MAX_SAFE_INTEGER) work += 1;
}
