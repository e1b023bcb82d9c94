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

test("both pieces do the work that docs/method.md says", () => {
  const yardstick = new Yardstick(0.001);
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
