// What a step's answer says of times: each is of what its name says, by a clock that is played.

import { expect, test } from "vitest";
import type { Manifest } from "../../src/contract/documents";
import type { Backend, Session } from "../../src/worker/backend";
import { TURN_EFFORT } from "../../src/worker/effort";
import type { StepAsked } from "../../src/worker/messages";
import { type StepTools, takeStep } from "../../src/worker/step";

const MANIFEST = {
  inputs: [{ name: "image" }],
  outputs: [{ name: "logits" }],
  input_height_px: 1,
  input_width_px: 1,
} as unknown as Manifest;

/** What everything takes, in ms; opening comes before, so that the step does not begin at 0. */
const TAKES = { decode: 7, resize: 11, tensor: 13, run: 10, slowFirst: 400, map: 17, opening: 1000 };

async function answered() {
  let ms = 5000;
  let runs = 0;
  const filled: Uint8Array[] = [];
  const spend = (tookMs: number) => {
    ms += tookMs;
  };
  const session: Session = {
    facts: { name: "ort", tool: "played", version: "1", build: null },
    accelerator: { asked: "cpu", obtained: "cpu", nodes: null, nodes_delegated: null, fallback: null },
    threads: 1,
    opening: { runtime_ms: 900, file_ms: 300 },
    fill: (input) => void filled.push(input),
    run: async () => spend(runs++ === 0 ? TAKES.slowFirst : TAKES.run),
    outputs: () => [{} as never],
    close: () => undefined,
  };
  const backend: Backend = {
    open: async () => {
      spend(TAKES.opening);
      return session;
    },
  };
  const tools: StepTools = {
    now: () => ms++ / 1, // reading it takes a moment, too: a clock that stands still would wait for ever
    stepMs: () => 0.001,
    yardstick: () => ({ integer_ms: 1, memory_ms: 1 }),
    batch: () => 1,
    inputTensor: (picture) => {
      spend(TAKES.tensor);
      return picture.rgb;
    },
    classMap: (_outputs, _manifest, height_px, width_px) => {
      spend(TAKES.map);
      return { map: { height_px, width_px, classes: new Uint8Array(height_px * width_px) }, not_finite: 0 };
    },
    encode: () => new Uint8Array(1),
    decode: async () => {
      spend(TAKES.decode);
      return { height_px: 2, width_px: 2, rgb: new Uint8Array(12) };
    },
    resize: (picture) => {
      spend(TAKES.resize);
      return { height_px: 1, width_px: 1, rgb: picture.rgb.subarray(0, 3) };
    },
  };
  const asked: StepAsked = {
    ask: "step",
    kind: "first",
    model: new Uint8Array(1),
    manifest: MANIFEST,
    runtime: "ort",
    accelerator: "cpu",
    threads: 1,
    runtimes: { ort: "ort/", litert: "litert/" },
    rgb: Uint8Array.of(1, 2, 3),
    outputs: {
      rgb: Uint8Array.of(1, 2, 3, 4, 5, 6),
      photos: [
        { height_px: 1, width_px: 1 },
        { height_px: 1, width_px: 1 },
      ],
      photo: new Uint8Array(1),
      photo_type: "image/jpeg",
    },
    effort: TURN_EFFORT,
  };
  const answer = await takeStep(asked, backend, tools, () => undefined);
  return { answer, filled, runs, endMs: ms };
}

/** A reading of this clock takes 1 ms: so near is near. */
const READINGS_MS = 3;

test("a whole passage is decoding, resizing and filling, then the run, then the class map, each for itself", async () => {
  const { answer, endMs } = await answered();
  const passages = answer.checked!.passages;
  expect(passages).toHaveLength(3);
  let earlier = 0;
  for (const { at_s, pre_ms, execute_ms, post_ms } of passages) {
    expect(Math.abs(pre_ms - (TAKES.decode + TAKES.resize + TAKES.tensor))).toBeLessThan(READINGS_MS);
    expect(Math.abs(execute_ms - TAKES.run)).toBeLessThan(READINGS_MS);
    expect(Math.abs(post_ms - TAKES.map)).toBeLessThan(READINGS_MS);
    expect(at_s).toBeGreaterThan(earlier);
    earlier = at_s;
  }
  // since the step began, not since the page did
  expect(passages[2]!.at_s).toBeLessThan((endMs - 5000) / 1e3);
});

test("the first run is told apart, and is not what a turn is planned by", async () => {
  const { answer } = await answered();
  expect(Math.abs(answer.opened!.first_ms - TAKES.slowFirst)).toBeLessThan(READINGS_MS);
  // by the first run's 400 ms it would be one
  expect(answer.turn!.execute_ms.length).toBeGreaterThanOrEqual(4);
  expect(answer.turn!.offset_ms).toBeGreaterThan(TAKES.opening + TAKES.slowFirst);
  expect(answer.turn!.offset_ms).toBeLessThan(5000);
});

test("the untimed runs before the turn are counted, the first among them", async () => {
  const { answer, runs } = await answered();
  const later = 1 + answer.turn!.execute_ms.length + 3 + 3; // a turn's own untimed one, its runs, A B A, three passages
  expect(answer.opened!.warm_up_runs).toBe(runs - later);
});

test("loading it again is library and file, as loading it first was", async () => {
  const { answer } = await answered();
  expect(answer.checked!.load_again_ms).toBe(answer.opened!.runtime_ms);
  expect(answer.opened).toMatchObject({ runtime_ms: 900, file_ms: 300 });
});

test("the turn's photo is the first, and its outputs are of each", async () => {
  const { filled } = await answered();
  expect(filled.map((input) => input[0])).toEqual([1, 0, 0, 0, 1, 4, 1]);
});
