// A worker's step with a runtime that is played: what it says, what it times, and what becomes of faults.

import { describe, expect, test } from "vitest";
import { decodeClassMap, encodeClassMap } from "../../src/contract/class_map_file";
import type { Manifest } from "../../src/contract/documents";
import type { ClassMap, RawOutput } from "../../src/pixels/arrays";
import { AnswerRefused, readAnswer } from "../../src/run/answers";
import { type Backend, CannotRun, type Session } from "../../src/worker/backend";
import { TURN_EFFORT } from "../../src/worker/effort";
import type { Said, StepAsked } from "../../src/worker/messages";
import { type StepTools, takeStep } from "../../src/worker/step";
import { takeTurn } from "../../src/worker/turn_taker";
import { warmUp } from "../../src/worker/warm_up";
import { answerOf } from "./_job";

/** A clock that only runs take time of. */
class Time {
  ms = 0;
  readonly now = () => {
    this.ms += 0.001;
    return this.ms;
  };
}

const MANIFEST = {
  inputs: [{ name: "image", shape: [1, 2, 2, 3], dtype: "uint8" }],
  outputs: [{ name: "logits" }],
  input_height_px: 2,
  input_width_px: 2,
} as unknown as Manifest;

function session(time: Time, more: Partial<Session> = {}): Session {
  let input: Uint8Array = new Uint8Array(0);
  let output: Uint8Array = new Uint8Array(0);
  return {
    facts: { name: "ort", tool: "played", version: "1", build: null },
    accelerator: {
      asked: "cpu",
      obtained: "cpu",
      nodes: null,
      nodes_delegated: null,
      fallback: null,
      arithmetic: null,
    },
    threads: 1,
    opening: { runtime_ms: 10, file_ms: 5 },
    fill: (bytes) => {
      input = bytes;
    },
    run: async () => {
      time.ms += 10;
      output = input;
    },
    outputs: () => [
      {
        name: "logits",
        dtype: "uint8",
        shape: [4],
        strides_bytes: [1],
        memory: output.slice(0, 4),
        scale: null,
        zero_point: null,
      },
    ],
    close: () => undefined,
    ...more,
  };
}

function tools(time: Time): StepTools {
  return {
    now: time.now,
    stepMs: () => 0.005,
    yardstick: () => ({ integer_ms: 0.1, memory_ms: 0.5 }),
    batch: () => 1,
    inputTensor: (picture) => picture.rgb.slice(),
    classMap: ([output]: readonly RawOutput[], _manifest, height_px, width_px) => {
      const classes = new Uint8Array(height_px * width_px).fill(output!.memory[0]!);
      return {
        map: { height_px, width_px, classes } satisfies ClassMap,
        not_finite: output!.memory[1] === 99 ? 1 : 0,
      };
    },
    encode: encodeClassMap,
    decode: async () => ({ height_px: 2, width_px: 2, rgb: new Uint8Array(12) }),
    resize: (picture) => picture,
  };
}

const RGB = Uint8Array.from({ length: 24 }, (_, place) => (place < 12 ? 1 : 2));

function asked(kind: StepAsked["kind"], rgb = RGB): StepAsked {
  return {
    ask: "step",
    kind,
    model: new Uint8Array(3),
    manifest: MANIFEST,
    runtime: "ort",
    accelerator: "cpu",
    threads: 1,
    runtimes: { ort: "ort/", litert: "litert/" },
    rgb: rgb.slice(0, 12),
    outputs:
      kind === "first"
        ? {
            rgb,
            photos: [
              { height_px: 3, width_px: 3 },
              { height_px: 4, width_px: 2 },
            ],
            photo: new Uint8Array(1),
            photo_type: "image/jpeg",
          }
        : null,
    effort: TURN_EFFORT,
  };
}

async function stepOf(kind: StepAsked["kind"], made: (time: Time) => Session | Promise<Session>, rgb = RGB) {
  const time = new Time();
  const said: Said[] = [];
  const backend: Backend = { open: async () => made(time) };
  const answer = await takeStep(asked(kind, rgb), backend, tools(time), (one) =>
    said.push(structuredClone(one)),
  );
  return { answer, said };
}

describe("a step", () => {
  test("of a turn times runs and looks at no outputs", async () => {
    const { answer, said } = await stepOf("turn", session);
    expect(answer.status).toBe("ok");
    expect(answer.turn!.execute_ms.length).toBe(5);
    expect(answer.turn!.execute_ms[0]).toBeCloseTo(10, 1);
    expect(answer.opened).toMatchObject({ runtime_ms: 10 });
    expect(answer.checked).toBeNull();
    expect(said.filter(({ say }) => say === "map")).toEqual([]);
    expect(readAnswer(answer)).toEqual(answer);
  });

  test("that is the first gives each photo's map at its size, and the first photo's again", async () => {
    const { answer, said } = await stepOf("first", session);
    const maps = said.flatMap((one) => (one.say === "map" ? [one] : []));
    expect(maps.map(({ photo, again }) => [photo, again])).toEqual([
      [0, false],
      [1, false],
      [0, true],
    ]);
    expect(maps.map(({ runs }) => decodeClassMap(runs).classes[0])).toEqual([1, 2, 1]);
    expect(decodeClassMap(maps[1]!.runs)).toMatchObject({ height_px: 4, width_px: 2 });
    expect(answer.checked!.passages).toHaveLength(3);
    expect(answer.checked!.load_again_ms).toBe(10);
  });

  test("says its phases, so that one that hangs is known by its silence", async () => {
    const { said } = await stepOf("first", session);
    const phases = said.flatMap((one) => (one.say === "phase" ? [one.phase] : []));
    expect([...new Set(phases)]).toEqual([
      "opening",
      "its first run",
      "warming up",
      "measuring",
      "whole passages",
      "its outputs",
      "opening it again",
    ]);
  });

  test("of a file that cannot run here is refused with the runtime's reason", async () => {
    const { answer } = await stepOf("turn", () => {
      throw new CannotRun("this browser has no WebGPU");
    });
    expect(answer).toMatchObject({ status: "refused", reason: "this browser has no WebGPU", turn: null });
  });

  test("whose runtime throws in the middle has failed, and says what it knew", async () => {
    const { answer } = await stepOf("turn", (time) => {
      let runs = 0;
      return session(time, {
        run: async () => {
          time.ms += 10;
          runs += 1;
          if (runs === 5) throw new RangeError("out of memory");
        },
      });
    });
    expect(answer).toMatchObject({ status: "failed", reason: "out of memory" });
    expect(answer.session!.threads).toBe(1);
  });

  test("whose values are not finite has failed", async () => {
    const rgb = RGB.slice();
    rgb[1] = 99;
    const { answer } = await stepOf("first", session, rgb);
    expect(answer).toMatchObject({ status: "failed", reason: "photo 0 gave 1 values that are not finite" });
  });

  test("without outputs has failed", async () => {
    const { answer } = await stepOf("turn", (time) => session(time, { outputs: () => [] }));
    expect(answer).toMatchObject({ status: "failed", reason: "the runtime gave no output" });
  });
});

describe("a warm-up", () => {
  const warm = async (runMs: (run: number) => number, stepMs = 0.005) => {
    const time = new Time();
    let run = 0;
    let beats = 0;
    const found = await warmUp(
      async () => {
        time.ms += runMs(run++);
      },
      time.now,
      stepMs,
      TURN_EFFORT,
      () => beats++,
    );
    return { ...found, beats };
  };

  test("of steady runs takes a second", async () => {
    const found = await warm(() => 10);
    expect(found).toMatchObject({ is_steady: true });
    expect(found.took_ms).toBeLessThan(1100);
    expect(found.run_ms).toBeCloseTo(10, 1);
  });

  test("waits until the browser has compiled the file anew", async () => {
    const found = await warm((run) => (run < 18 ? 48 : run < 25 ? 30 : 10));
    expect(found.run_ms).toBeCloseTo(10, 1);
    expect(found.is_steady).toBe(true);
  });

  test("of runs that never get steady ends after three seconds, and says so", async () => {
    const found = await warm((run) => 10 + (run % 97));
    expect(found.is_steady).toBe(false);
    expect(found.took_ms).toBeGreaterThanOrEqual(3000);
    expect(found.took_ms).toBeLessThan(3500);
    expect(found.beats).toBeGreaterThanOrEqual(2);
  });

  test("of a slow file is three runs", async () => {
    expect((await warm(() => 1000)).runs).toBe(3);
    expect((await warm(() => 60_000)).runs).toBe(3);
  });

  test("times several runs at once where the clock is coarse", async () => {
    const found = await warm(() => 2, 1);
    expect(found.run_ms).toBeCloseTo(2, 1);
    expect(found.is_steady).toBe(true);
  });
});

describe("a turn", () => {
  test("holds as many runs in a sample as the clock asks for, and says their mean", async () => {
    const time = new Time();
    let runs = 0;
    const turn = await takeTurn(
      async () => {
        runs += 1;
        time.ms += 2;
      },
      { now: time.now, yardstick: () => ({ integer_ms: 1, memory_ms: 1 }), batch: () => 10 },
      TURN_EFFORT,
      2,
      0,
    );
    expect(turn.batch).toBe(10);
    expect(turn.execute_ms).toHaveLength(3);
    expect(turn.execute_ms[0]).toBeCloseTo(2, 1);
    expect(runs).toBe(31); // one that is not timed: the yardstick has emptied the caches
  });
});

describe("an answer", () => {
  const good = answerOf("first");
  const damage: readonly (readonly [string, unknown])[] = [
    ["nothing", null],
    ["a text", "ok"],
    ["a list", [good]],
    ["no status", { ...good, status: "fine" }],
    ["a time below zero", { ...good, turn: { ...good.turn, wall_ms: -1 } }],
    ["a time that is no number", { ...good, turn: { ...good.turn, wall_ms: Number.NaN } }],
    ["times of other counts", { ...good, turn: { ...good.turn, at_ms: [0] } }],
    ["no runs", { ...good, turn: { ...good.turn, at_ms: [], execute_ms: [] } }],
    [
      "too many runs",
      { ...good, turn: { ...good.turn, at_ms: Array(501).fill(1), execute_ms: Array(501).fill(1) } },
    ],
    ["a batch of none", { ...good, turn: { ...good.turn, batch: 0 } }],
    ["half a batch", { ...good, turn: { ...good.turn, batch: 1.5 } }],
    ["an accelerator of no name", { ...good, session: { accelerator: { asked: "tpu" }, threads: 1 } }],
    ["threads below zero", { ...good, session: { ...good.session, threads: -1 } }],
    ["passages that are no list", { ...good, checked: { passages: {}, load_again_ms: 1, why: "" } }],
    ["another runtime", { ...good, runtime: { name: "other", tool: "x" } }],
  ];

  test("is read as it was written", () => {
    expect(readAnswer(structuredClone(good))).toEqual(good);
  });

  test.each(damage)("that is damaged is refused: %s", (_, value) => {
    expect(() => readAnswer(value)).toThrow(AnswerRefused);
  });
});
