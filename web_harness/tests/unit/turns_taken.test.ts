// A turn and its warm-up by a clock that is played: what is timed, what is not, and when.

import { describe, expect, test } from "vitest";
import { batchOf } from "../../src/method/clock";
import { MOST_SAMPLES, samplesOf, TURN_EFFORT } from "../../src/worker/effort";
import { type TurnTools, takeTurn } from "../../src/worker/turn_taker";
import { warmUp } from "../../src/worker/warm_up";

const READ_MS = 0.001;

/** Take a turn of runs that take `runMs`; return it with what was done, and when, in ms. */
async function turnOf(runMs: number, batch = 1) {
  let ms = 500;
  const done: { readonly what: string; readonly from: number; readonly to: number }[] = [];
  const work = (what: string, tookMs: number) => {
    done.push({ what, from: ms, to: ms + tookMs });
    ms += tookMs;
  };
  let readings = 0;
  const tools: TurnTools = {
    now: () => {
      ms += READ_MS;
      return ms;
    },
    yardstick: () => {
      work("yardstick", 3);
      readings += 1;
      return { integer_ms: readings, memory_ms: 10 * readings };
    },
    batch: () => batch,
  };
  const turn = await takeTurn(async () => work("run", runMs), tools, TURN_EFFORT, runMs, 400);
  return { turn, done };
}

describe("a turn", () => {
  test("is between two readings of the yardstick, after others that do not count and a moment of work", async () => {
    const { turn, done } = await turnOf(10);
    const words = done.map(({ what }) => what);
    expect(words).toEqual([...Array(3).fill("yardstick"), ...Array(6).fill("run"), "yardstick"]);
    expect(turn.before).toEqual({ integer_ms: 3, memory_ms: 30 });
    expect(turn.after).toEqual({ integer_ms: 4, memory_ms: 40 });
    expect(done[2]!.from - done[1]!.to).toBeGreaterThanOrEqual(TURN_EFFORT.wake_ms);
  });

  test("of short runs begins with one that is not timed, of long ones with the first", async () => {
    const short = await turnOf(50);
    expect(short.turn.execute_ms).toHaveLength(1);
    expect(short.done.filter(({ what }) => what === "run")).toHaveLength(2);
    const long = await turnOf(51);
    expect(long.turn.execute_ms).toHaveLength(1);
    expect(long.done.filter(({ what }) => what === "run")).toHaveLength(1);
  });

  test("says when each sample began, since it did, when it did, since its step, and what all took", async () => {
    const { turn, done } = await turnOf(5, 2);
    const timed = done.filter(({ what }) => what === "run").slice(1);
    expect(turn.execute_ms).toHaveLength(5);
    for (const [place, at] of turn.at_ms.entries()) expect(at).toBeCloseTo(10 * place, 1);
    for (const took of turn.execute_ms) expect(took).toBeCloseTo(5, 2);
    expect(turn.wall_ms).toBeCloseTo(50, 1);
    // what is taken at `at_ms` of a turn that began at `offset_ms` began then
    expect(turn.offset_ms + turn.at_ms[3]!).toBeCloseTo(timed[6]!.from - 400, 1);
  });

  test("takes a sample at least, and no more than a record holds of so many turns", () => {
    expect(samplesOf(TURN_EFFORT, 10)).toBe(5);
    expect(samplesOf(TURN_EFFORT, 1000)).toBe(1);
    expect(samplesOf(TURN_EFFORT, 1e-6)).toBe(MOST_SAMPLES);
  });
});

/** Warm up with a clock of such a step. */
async function warmedUp(runMs: (run: number) => number, step_ms: number) {
  let ms = 0;
  let run = 0;
  const now = () => {
    ms += 1e-6;
    return Math.floor(ms / step_ms) * step_ms;
  };
  const found = await warmUp(
    async () => {
      ms += runMs(run++);
    },
    now,
    step_ms,
    TURN_EFFORT,
    () => undefined,
  );
  return { ...found, did: run };
}

describe("a warm-up", () => {
  test("counts each of its runs", async () => {
    for (const step_ms of [0.005, 1]) {
      const found = await warmedUp(() => 2, step_ms);
      expect(found.runs).toBe(found.did);
    }
  });

  test("is steady after three blocks of runs, not after two", async () => {
    const found = await warmedUp(() => 100, 0.005);
    expect(found.runs).toBe(15);
    expect(found.is_steady).toBe(true);
  });

  // what it takes a run for says how many are timed at once: a run taken for nothing would be timed a million times
  test.each([
    [0.05, 1],
    [0.3, 1],
    [1.5, 1],
    [0.02, 0.1],
    [5, 100],
    [16, 16.67],
    [0.9, 100],
  ])("knows a run of %f ms by a clock of steps of %f ms", async (run_ms, step_ms) => {
    const found = await warmedUp(() => run_ms, step_ms);
    expect(found.run_ms).toBeGreaterThan(0.9 * run_ms);
    expect(found.run_ms).toBeLessThan(1.1 * run_ms);
    const sample_ms = batchOf(step_ms, found.run_ms) * run_ms;
    expect(sample_ms).toBeGreaterThan(90 * step_ms);
    expect(sample_ms).toBeLessThan(Math.max(115 * step_ms, 2 * run_ms));
  });

  test("that never gets steady says what its quickest late runs took", async () => {
    const found = await warmedUp((run) => (Math.floor(run / 5) % 2 === 0 ? 10 : 20), 0.005);
    expect(found.is_steady).toBe(false);
    expect(found.run_ms).toBeCloseTo(10, 1);
  });
});
