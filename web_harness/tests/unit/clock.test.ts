// The clock's step, the batches it asks for, and the yardstick by it.
import { expect, test } from "vitest";
import { batchOf, clockStepMs } from "../../src/method/clock";
import { Yardstick } from "../../src/method/yardstick";

/** A clock that moves by steps, and by a little at every reading. */
function coarse(step_ms: number, reading_ms = 0.0005): () => number {
  let at = 0;
  return () => {
    at += reading_ms;
    return Math.floor(at / step_ms) * step_ms;
  };
}

/** This machine's own clock, as a browser cuts it. */
function cut(step_ms: number): () => number {
  return () => Math.floor(performance.now() / step_ms) * step_ms;
}

test.each([0.005, 0.02, 0.1, 1])("a step of %f ms is found", (step_ms) => {
  expect(clockStepMs(coarse(step_ms))).toBeCloseTo(step_ms, 9);
});

test("a clock that jitters, and one that goes back now and then, has the least of its steps", () => {
  const moves = [2, 1, 2, -1, 3, 2];
  let at = 0;
  let reads = 0;
  const found = clockStepMs(() => {
    reads += 1;
    if (reads % 4 === 0) at += 0.1 * moves[(reads / 4) % moves.length]!;
    return at;
  });
  expect(found).toBeCloseTo(0.1, 9);
});

test("the step of this machine's clock is above nothing and below a millisecond", () => {
  const found = clockStepMs();
  expect(found).toBeGreaterThan(0);
  expect(found).toBeLessThan(1);
});

test("a clock that stands still is told", () => {
  expect(() => clockStepMs(() => 5)).toThrow(/stands still/);
});

test.each([
  [0.005, 10, 1],
  [0.1, 10, 1],
  [0.1, 9.99, 2],
  [1, 9, 12],
  [1, 0, 100_000],
  [1, 250, 1],
])("a step of %f ms and a run of %f ms ask for %i runs a sample", (step_ms, run_ms, runs) => {
  expect(batchOf(step_ms, run_ms)).toBe(runs);
});

test("a sample of a batch lasts a hundred steps of the clock", () => {
  for (let run_ms = 0.01; run_ms < 300; run_ms *= 1.1) {
    expect(batchOf(1, run_ms) * run_ms).toBeGreaterThanOrEqual(100 - 1e-9);
  }
});

test.each([0.001, 0.1])("a clock of steps of %f ms is no hindrance to reading both pieces", (step_ms) => {
  const { integer_ms, memory_ms } = new Yardstick(step_ms, cut(step_ms)).read();
  expect(integer_ms).toBeGreaterThan(0.0005);
  expect(integer_ms).toBeLessThan(5);
  expect(memory_ms).toBeGreaterThan(0.05);
  expect(memory_ms).toBeLessThan(100);
});

test.each([1, 2, 3, 4])(
  "something else that runs while the yardstick is made does not make it read nothing: %i",
  (when) => {
    const clock = cut(0.1);
    let gone_ms = 0;
    let ticks = 0;
    let last = clock();
    const yardstick = new Yardstick(0.1, () => {
      const read = clock();
      if (read !== last && ++ticks === when) gone_ms = 60; // as if the processor had been another's for so long
      last = read;
      return read + gone_ms;
    });
    for (let times = 0; times < 5; times++) {
      const { integer_ms, memory_ms } = yardstick.read();
      expect(integer_ms).toBeGreaterThan(0.0005);
      expect(memory_ms).toBeGreaterThan(0.05);
    }
  },
);

test.each([0.005, 0.02, 0.1, 1])(
  "a step of %f ms is at most a fortieth of what is read, whatever held the yardstick up",
  (step_ms) => {
    const clock = cut(step_ms);
    let seed = 7;
    let held_ms = 0;
    const read = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      if (seed % 211 === 0) held_ms += 9; // as if the processor had been another's, now and then
      return clock() + held_ms;
    };
    const yardstick = new Yardstick(step_ms, read);
    const pieces = yardstick as unknown as { integer_times: number; memory_times: number };
    for (let times = 0; times < 4; times += 1) {
      const { integer_ms, memory_ms } = yardstick.read();
      expect(integer_ms * pieces.integer_times).toBeGreaterThanOrEqual(40 * step_ms * (1 - 1e-9));
      expect(memory_ms * pieces.memory_times).toBeGreaterThanOrEqual(40 * step_ms * (1 - 1e-9));
    }
  },
);

test("being held up once while a piece is timed makes no reading of nothing", () => {
  const coarse = cut(0.1);
  let [last, looks, held_ms, isTiming] = [0, 0, 0, false];
  const yardstick = new Yardstick(0.1, () => {
    const read = coarse();
    if (isTiming && held_ms === 0) held_ms = 25;
    isTiming ||= ++looks > 2 && read !== last; // the clock moved: a piece begins
    last = read;
    return read + held_ms;
  });
  expect(held_ms).toBe(25);
  for (let one = 0; one < 5; one += 1) expect(yardstick.read().integer_ms).toBeGreaterThan(0.0005);
});

test("both pieces do the work that docs/method.md says", () => {
  const yardstick = new Yardstick(0.001);
  yardstick.integer_result = 1;
  (yardstick as unknown as { integer(): void }).integer();
  let once = 1n;
  for (let step = 0; step < 6000; step++) once = (once * 1_103_515_245n + 12_345n) & 0x7fffffffn;
  expect(yardstick.integer_result).toBe(Number(once));
  yardstick.integer_result = 1;
  yardstick.read();
  expect(yardstick.memory_result).toBe((2 ** 20 * (2 ** 20 - 1)) / 2);
  const seen = new Set<number>();
  let value = 1n;
  for (let piece = 0; piece < 20_000 && seen.size < 20_000; piece++) {
    for (let step = 0; step < 6000; step++) value = (value * 1_103_515_245n + 12_345n) & 0x7fffffffn;
    seen.add(Number(value));
    if (Number(value) === yardstick.integer_result) return;
  }
  expect.unreachable("the integer piece came to what no number of whole pieces comes to");
});
