// What a job makes of what was measured: turns that count, the best of the device, and a record that says all of it as it was.

import { describe, expect, test } from "vitest";
import type { Turn } from "../../src/contract/documents";
import type { ClassMap } from "../../src/pixels/arrays";
import { bestOf, readBest, writeBest } from "../../src/run/best_kept";
import type { Driving } from "../../src/run/driving";
import { JobRun } from "../../src/run/job_run";
import { backendText, rowOf } from "../../src/run/rows";
import { InMemory } from "../../src/run/store";
import type { Answer } from "../../src/worker/messages";
import { answerOf, bundleOf, JobByHand, mapOf, type Play, SIDE, sayMaps, WELL } from "./_job";

/** Play all well, but for the `count`th turn of file 0. */
function butOne(count: number, other: Play): Play {
  let turns = 0;
  return (asked, hear, signal, at) =>
    asked.kind === "turn" && at === 0 && turns++ === count
      ? other(asked, hear, signal, at)
      : WELL(asked, hear, signal, at);
}

const inFront = (job: JobByHand, run: number): boolean[] =>
  job.record(run).turns.map((turn: Turn) => turn.device!.foreground);

describe("a turn counts only where the page was in front all through it", () => {
  test("not where it left the front right before its worker was started, and was back before the end", async () => {
    const job: JobByHand = new JobByHand((asked, hear, signal, at) => {
      job.page.show();
      return WELL(asked, hear, signal, at);
    });
    const begin = job.journal.begin.bind(job.journal);
    let times = 0;
    job.journal.begin = async (...asked) => {
      await begin(...asked);
      if (times++ === 3) job.page.hide();
    };
    await job.driver.run();
    const all = job.record(0).turns.length + job.record(1).turns.length;
    expect(job.launcher.launched).toHaveLength(all + 1); // one was thrown away
    expect([...inFront(job, 0), ...inFront(job, 1)]).not.toContain(false);
  });

  test("not where it was away for so short a time that its worker answered all the same", async () => {
    const job: JobByHand = new JobByHand(
      butOne(1, (asked, hear, signal, at) => {
        job.page.hide();
        job.page.show();
        return WELL(asked, hear, signal, at);
      }),
    );
    await job.driver.run();
    const all = job.record(0).turns.length + job.record(1).turns.length;
    expect(job.launcher.launched).toHaveLength(all + 1);
    expect(inFront(job, 0)).not.toContain(false);
  });
});

describe("the best of the device", () => {
  const slower = (asked: Parameters<Play>[0]): Answer => {
    const answer = answerOf(asked.kind);
    const reading = { integer_ms: 0.2, memory_ms: 1 };
    return { ...answer, turn: { ...answer.turn!, before: reading, after: reading } };
  };

  test("is kept, and a later job on a slower device is held against it", async () => {
    const table = new Map<string, unknown>();
    await new JobByHand(WELL, bundleOf({ passes: 12 }), table).driver.run();
    for (const key of [...table.keys()]) if (key.startsWith("job/")) table.delete(key);
    const job = new JobByHand(
      (asked, hear, signal, at) =>
        asked.kind === "first" ? WELL(asked, hear, signal, at) : { how: "answered", answer: slower(asked) },
      bundleOf({ passes: 12 }),
      table,
    );
    await job.driver.run();
    expect(job.record(0).yardstick.best).toMatchObject({ integer_ms: 0.1, memory_ms: 0.5 });
    expect(job.record(0).statistics.undisturbed_turns).toBe(1);
    expect(job.record(0).verdict).toBe("UNSTABLE");
  });

  test("is not reached once more by a job that is only told again", async () => {
    const table = new Map<string, unknown>();
    await new JobByHand(WELL, bundleOf({ passes: 5 }), table).driver.run();
    const kept = structuredClone(table.get("best"));
    const again = new JobByHand(WELL, bundleOf({ passes: 5 }), table, { page: "page 2" });
    await again.driver.run();
    expect(kept).toMatchObject({ launches: again.record(0).turns.length + again.record(1).turns.length });
    expect(table.get("best")).toEqual(kept);
  });

  test("that is kept was last reached when a turn came near it, and counts for less where a turn was quicker", () => {
    const turn = (integer_ms: number) =>
      ({ before: { integer_ms: 9, memory_ms: 9 }, after: { integer_ms, memory_ms: 1 } }) as unknown as Turn;
    const kept = { reading: { integer_ms: 1, memory_ms: 1 }, launches: 5, reached_at_ms: 10 };
    expect(bestOf(kept, [turn(1.5)], 1000)).toEqual(kept);
    expect(bestOf(kept, [turn(1.02)], 1000)).toEqual({ ...kept, launches: 6, reached_at_ms: 1000 });
    const quicker = { integer_ms: 0.5, memory_ms: 1 };
    expect(bestOf(kept, [turn(0.5)], 1000)).toEqual({ reading: quicker, launches: 1, reached_at_ms: 1000 });
    const before = { before: quicker, after: { integer_ms: 9, memory_ms: 9 } } as unknown as Turn;
    expect(bestOf(kept, [before], 1000)!.reading).toEqual(quicker);
  });

  test("is never a reading of nothing: such a one is not used, and not kept", async () => {
    const reading = (integer_ms: number) => ({ integer_ms, memory_ms: 1 });
    const turn = (integer_ms: number) =>
      ({ before: reading(integer_ms), after: reading(0.2) }) as unknown as Turn;
    const nothing = { reading: reading(0), launches: 5, reached_at_ms: 10 };
    expect(bestOf(nothing, [turn(0.1)], 1000)).toEqual({
      ...nothing,
      reading: reading(0.1),
      launches: 1,
      reached_at_ms: 1000,
    });
    expect(bestOf(null, [turn(0), turn(0.1)], 1000)!.reading).toEqual(reading(0.1));
    expect(bestOf(nothing, [turn(0)], 1000)).toBeNull();
    const store = new InMemory();
    await writeBest(store, "javascript-1", nothing);
    expect(await store.get("best")).toBeUndefined();
    await store.put("best", { ...nothing, version: "javascript-1" }); // as an earlier page kept it
    expect(await readBest(store, "javascript-1", 20)).toBeNull();
  });

  test("of a moment that has not come is not known", async () => {
    const store = new InMemory();
    const kept = { reading: { integer_ms: 1, memory_ms: 1 }, launches: 5, reached_at_ms: 10_000_000 };
    await writeBest(store, "javascript-1", kept);
    expect(await readBest(store, "javascript-1", 5_000_000)).toBeNull();
    expect(await readBest(store, "javascript-1", 9_999_000)).toEqual(kept); // a clock that was set back a little
  });

  test("is said without a date where no second turn came near it", async () => {
    let turns = 0;
    const job = new JobByHand((asked, hear, signal, at) => {
      const ended = WELL(asked, hear, signal, at);
      if (!("how" in ended) || ended.how !== "answered") return ended;
      const reading = { integer_ms: 0.1 * 2 ** turns++, memory_ms: 0.5 };
      const turn = { ...ended.answer.turn!, before: reading, after: reading };
      return { how: "answered", answer: { ...ended.answer, turn } };
    });
    await job.driver.run();
    expect(job.record(0).yardstick.best.reached_at).toBeNull();
    expect(job.record(0).verdict_reasons.join()).toMatch(/best speed of this device is not known/);
  });
});

describe("a record", () => {
  test("says of each turn when it began since the first pass, what it took, and both readings", async () => {
    let turns = 0;
    const job = new JobByHand((asked, hear, signal, at) => {
      const ended = WELL(asked, hear, signal, at);
      if (!("how" in ended) || ended.how !== "answered") return ended;
      const after = { integer_ms: 0.104, memory_ms: 0.6 };
      const turn = { ...ended.answer.turn!, after, batch: 2, wall_ms: 60 + turns++ };
      return { how: "answered", answer: { ...ended.answer, turn, clock_step_ms: 0.1 } };
    });
    job.clock.ms = 50_000; // the page was open before
    await job.driver.run();
    const record = job.record(0);
    // by the played clock a step takes a second, and a turn begins 0.7 s after its step
    expect(record.turns[0].started_s).toBeCloseTo(0.7, 6);
    const [second] = record.turns.slice(1);
    expect(second.started_s % 1).toBeCloseTo(0.7, 6);
    expect(second.started_s).toBeGreaterThan(1.5);
    expect(record.turns[0]).toMatchObject({
      number: 0,
      before: { integer_ms: 0.1, memory_ms: 0.5 },
      after: { integer_ms: 0.104, memory_ms: 0.6 },
      wall_ms: 60,
      batch: 2,
      cpu_ms: null,
    });
    expect(record.unknown["/turns/*/cpu_ms"]).toMatch(/cannot see/);
    expect(record.statistics).toMatchObject({ p90_ms: null, p99_ms: null, cv: null });
    expect(record.unknown["/statistics/cv"]).toMatch(/means/);
    expect(record.clock).toEqual({ step_ms: 0.1 });
    expect(record.state.end.at >= record.state.start.at).toBe(true);
  });

  test("says whole passages since the first pass, loading, and the time of the second file from when it began", async () => {
    const job = new JobByHand();
    await job.driver.run();
    const [first, second] = [job.record(0), job.record(1)];
    expect(first.end_to_end[0]).toMatchObject({ at_s: 1, pre_ms: 5, execute_ms: 10, post_ms: 3 });
    expect(second.end_to_end[0].at_s).toBeCloseTo(2, 6); // its step began a second later
    expect(first.statistics.end_to_end_ms).toBe(18);
    expect(first.load).toMatchObject({ cold_ms: 100, warm_ms: 60, first_inference_ms: 20 });
    expect(first.warm_up_runs).toBe(9);
  });

  test("says of each photo how far its class map is the computer's", async () => {
    const nearly = (photo: number): ClassMap => {
      const map = mapOf(photo);
      if (photo === 1) map.classes.fill(0, SIDE * 6, SIDE * 6 + 8); // along the edge, as rounding may move it
      return map;
    };
    const job = new JobByHand((asked, hear) => {
      if (asked.kind === "first") sayMaps(hear, nearly);
      return { how: "answered", answer: answerOf(asked.kind) };
    });
    const end = await job.driver.run();
    const said = job.record(0).bundle.photos.map((photo: { agreement: number }) => photo.agreement);
    expect(said).toEqual([1, 1 - 8 / SIDE ** 2, 1]);
    expect(end.rows[0]!.agreement).toBeCloseTo(1 - 8 / SIDE ** 2 / 3, 9);
    expect(job.record(0).golden).toMatchObject({ status: "passed", max_abs_error: 8 / SIDE ** 2 });
  });

  test("of a test is INVALID", async () => {
    const { making } = (new JobByHand().driver as unknown as { readonly it: Driving }).it;
    const job = new JobByHand(WELL, bundleOf(), new Map(), { making: { ...making, launch: "test" } });
    await job.driver.run();
    expect(job.record(0).verdict).toBe("INVALID");
    expect(job.record(0).verdict_reasons.join()).toMatch(/ran in a test/);
  });

  test("is INVALID where what ran the file is not known or another than was asked", async () => {
    const answered =
      (obtained: string | null): Play =>
      (asked, hear, signal, at) => {
        const ended = WELL(asked, hear, signal, at);
        if (!("how" in ended) || ended.how !== "answered") return ended;
        const session = ended.answer.session!;
        const fallback = obtained && "a test";
        const accelerator = { ...session.accelerator, obtained, fallback };
        return { how: "answered", answer: { ...ended.answer, session: { ...session, accelerator } } };
      };
    for (const [obtained, said] of [
      [null, /what ran it is not known/],
      ["gpu", /gpu obtained/],
    ] as const) {
      const job = new JobByHand(answered(obtained));
      await job.driver.run();
      expect(job.record(0).verdict).toBe("INVALID");
      expect(job.record(0).verdict_reasons.join()).toMatch(said);
    }
  });

  test("of a turn that ran otherwise than the first is none: its times are of something else", async () => {
    const job = new JobByHand(
      butOne(1, (asked) => {
        const answer = answerOf(asked.kind);
        return { how: "answered", answer: { ...answer, session: { ...answer.session!, threads: 4 } } };
      }),
    );
    await job.driver.run();
    expect(job.record(0)).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/otherwise than in its first turn/),
    });
    expect(job.record(1).status).toBe("ok");
  });
});

describe("a row", () => {
  test("never says that what was asked ran a file, where that is not known", () => {
    const text = (asked: string, obtained: string | null) =>
      backendText("onnxruntime-web", "1.30.0", "webgpu", { asked, obtained });
    expect(text("gpu", "gpu")).toBe("onnxruntime-web 1.30.0 webgpu, GPU");
    expect(text("gpu", null)).toBe("onnxruntime-web 1.30.0 webgpu, GPU asked, not known to be obtained");
    expect(text("gpu", "cpu")).toBe("onnxruntime-web 1.30.0 webgpu, GPU asked, CPU obtained");
  });

  test("says turns that were taken, and those planned", () => {
    const run = new JobRun(0, { artifact: 0, accelerator: "cpu", threads: 2 }, "net.onnx");
    const outcome = { came: "answer", answer: answerOf("first"), foreground: true, maps: null } as const;
    run.take("first", 0, outcome, 3, 3);
    expect(run.threads).toBe(1); // as obtained, not as asked
    const best = { reading: { integer_ms: 0.1, memory_ms: 0.5 }, launches: 2, reached_at_ms: 1 };
    expect(rowOf(run, best, 12, null)).toMatchObject({
      turns: 1,
      turns_planned: 12,
      p50_ms: 10,
      backend: "onnxruntime-web 1.30.0 wasm-simd-threaded, CPU",
    });
  });
});
