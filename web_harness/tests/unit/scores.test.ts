// Scores to class maps: the quick way gives what each pixel reckoned by itself gives, and rules where numbers are none.
import { expect, test } from "vitest";
import { draw } from "../../src/method/draws";
import { type Scores, scoresToClassMap } from "../../src/pixels/scores";

const f = Math.fround;

/** Each pixel by itself, in single precision: what the rule says, word by word. */
function plainly(scores: Scores, height_px: number, width_px: number): Uint8Array {
  const found = new Uint8Array(height_px * width_px);
  const at = (kind: number, y: number, x: number): number =>
    scores.values[(kind * scores.height_px + y) * scores.width_px + x]!;
  for (let y = 0; y < height_px; y++) {
    const [above, below, down] = between(y, scores.height_px, height_px);
    for (let x = 0; x < width_px; x++) {
      const [left, right, along] = between(x, scores.width_px, width_px);
      let highest = Number.NEGATIVE_INFINITY;
      for (let kind = 0; kind < scores.classes; kind++) {
        const first = mixed(at(kind, above, left), at(kind, below, left), down);
        const second = mixed(at(kind, above, right), at(kind, below, right), down);
        const value = mixed(first, second, along);
        if (value > highest) {
          highest = value;
          found[y * width_px + x] = kind;
        }
      }
    }
  }
  return found;
}

function mixed(low: number, high: number, share: number): number {
  return f(f(low * f(1 - share)) + f(high * share));
}

function between(output: number, count: number, size: number): [number, number, number] {
  const place = Math.max(0, ((output + 0.5) * count) / size - 0.5);
  const low = Math.min(Math.trunc(place), count - 1);
  return [low, Math.min(low + 1, count - 1), f(place - low)];
}

/** Smooth hills of some height, with plateaus of equal scores where `levels` is small. */
function hills(seed: number, classes: number, height_px: number, width_px: number, levels: number): Scores {
  const values = new Float32Array(classes * height_px * width_px);
  for (let kind = 0, at = 0; kind < classes; kind++) {
    for (let y = 0; y < height_px; y++) {
      for (let x = 0; x < width_px; x++, at++) {
        const bump = Math.sin((x * (1 + kind) + seed) / 7) * Math.cos((y * (2 + kind) - seed) / 5);
        values[at] = Math.round(bump * levels) / levels + draw(seed * 7919 + at, 1000) / 1e5;
      }
    }
  }
  return { classes, height_px, width_px, values, not_finite: 0 };
}

test("class maps are those of each pixel reckoned by itself, larger, smaller and of extreme shapes", () => {
  let pixels = 0;
  for (let seed = 0; seed < 60; seed++) {
    const pick = (place: number, least: number, most: number): number =>
      least + draw(seed * 97 + place, most - least + 1);
    const [height, width] = [pick(1, 1, 40), pick(2, 1, 40)];
    const scores = hills(seed, pick(3, 1, 8), height, width, [1, 3, 1e6][seed % 3]!);
    const [tall, wide] = [pick(4, 1, 150), pick(5, 1, 150)];
    const found = scoresToClassMap(scores, tall, wide).classes;
    expect(Buffer.compare(found, plainly(scores, tall, wide)), `seed ${seed}`).toBe(0);
    pixels += tall * wide;
  }
  expect(pixels).toBeGreaterThan(100_000);
});

test("the first of equals wins, everywhere", () => {
  const values = new Float32Array(3 * 4).fill(-2.5);
  const scores = { classes: 3, height_px: 2, width_px: 2, values, not_finite: 0 };
  expect([...scoresToClassMap(scores, 3, 5).classes]).toEqual(new Array(15).fill(0));
});

test("NaN never wins, and infinities count as the greatest and the least number", () => {
  const values = Float32Array.from([
    Number.NaN,
    Number.NaN,
    -9,
    Number.NEGATIVE_INFINITY,
    1,
    Number.POSITIVE_INFINITY,
  ]);
  const scores = { classes: 3, height_px: 1, width_px: 2, values, not_finite: 4 };
  expect([...scoresToClassMap(scores, 1, 2).classes]).toEqual([2, 2]);
  const none = {
    classes: 2,
    height_px: 1,
    width_px: 1,
    values: new Float32Array(2).fill(Number.NaN),
    not_finite: 2,
  };
  expect([...scoresToClassMap(none, 2, 2).classes]).toEqual([0, 0, 0, 0]);
});

test("a size that no photo has is refused before anything is held for it", () => {
  const scores = hills(1, 2, 3, 3, 10);
  for (const size of [0, -1, 1.5, Number.NaN, 1e6]) {
    expect(() => scoresToClassMap(scores, size, 1e6)).toThrow(/no photo is of/);
  }
});
