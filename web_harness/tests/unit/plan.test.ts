// A job's plan: how many turns each file takes, in which order, when it is over, and what the page and the computer hear of it.

import { describe, expect, test } from "vitest";
import { orderOf } from "../../src/method/orders";
import type { Driving } from "../../src/run/driving";
import { JOB_EFFORT } from "../../src/run/effort";
import type { Sending } from "../../src/run/sending";
import { answerOf, bundleOf, JobByHand, type Play, sayMaps, WELL } from "./_job";

/** Turns of another length each time, so that no file ever has enough. By the played clock each takes a second. */
function restless(): Play {
  let steps = 0;
  return (asked, hear) => {
    if (asked.kind === "first") sayMaps(hear);
    const answer = answerOf(asked.kind);
    const execute_ms = answer.turn!.execute_ms.map((ms) => ms * (1 + (Math.floor(steps / 2) % 3)));
    steps += 1;
    return { how: "answered", answer: { ...answer, turn: { ...answer.turn!, execute_ms } } };
  };
}

const PLANNED_ALONE = { effort: { ...JOB_EFFORT, ceiling_s: 0, further_file_s: 0 } };
const refusing = (place: number): Play => {
  const play = restless();
  return (asked, hear, signal, at) =>
    at === place
      ? { how: "answered", answer: { ...answerOf(asked.kind), status: "refused", reason: "no WebGPU" } }
      : play(asked, hear, signal, at);
};

async function ended(play: Play, passes: number, files: number, more: Partial<Driving> = {}) {
  const job = new JobByHand(play, bundleOf({ passes }, files), new Map(), more);
  job.clock.ms = 40_000; // the page was open before
  const end = await job.driver.run();
  const turns = Array.from({ length: files }, (_, run) => job.record(run)?.turns?.length ?? 0);
  return { job, end, turns };
}

describe("files that have not enough go on", () => {
  test.each([
    [1, [15]], // 10 s, a second a pass
    [2, [11, 11]], // 11 s, two seconds a pass
    [3, [9, 9, 9]], // 12 s, three seconds a pass
  ])("of %i for the ceiling and so much more for each further file", async (files, wanted) => {
    expect((await ended(restless(), 5, files)).turns).toEqual(wanted);
  });

  test("without a share for one that dropped out", async () => {
    expect((await ended(refusing(1), 5, 2)).turns[0]).toBe(15);
  });

  test("for as many passes as there may be", async () => {
    const effort = { ...JOB_EFFORT, most_passes: 8 };
    expect((await ended(restless(), 5, 2, { effort })).turns).toEqual([8, 8]);
  });

  test("and stop with twelve turns that are alike, each by itself", async () => {
    const play = restless();
    const mixed: Play = (asked, hear, signal, at) => (at === 0 ? WELL : play)(asked, hear, signal, at);
    const { turns } = await ended(mixed, 5, 2, { effort: { ...JOB_EFFORT, ceiling_s: 30 } });
    expect(turns[0]).toBe(12);
    expect(turns[1]).toBeGreaterThan(12);
  });

  test("but not where one pass is asked for", async () => {
    expect((await ended(restless(), 1, 2)).turns).toEqual([5, 5]);
  });

  test("past the ceiling in a pass that an earlier opening of the page began", async () => {
    const table = new Map<string, unknown>();
    let steps = 0;
    const play = restless();
    const first = new JobByHand(
      (asked, hear, signal, at) => {
        if (steps++ < 21) return play(asked, hear, signal, at);
        first.driver.leave();
        return { how: "stopped" };
      },
      bundleOf({ passes: 5 }),
      table,
    );
    await first.driver.run();
    const again = new JobByHand(play, bundleOf({ passes: 5 }), table, { page: "page 2", ...PLANNED_ALONE });
    await again.journal.judge("page 2", ["this page"]);
    await again.driver.run();
    expect([0, 1].map((run) => again.record(run).turns.length)).toEqual([11, 11]);
    expect(again.launcher.launched).toHaveLength(1);
  });
});

describe("passes", () => {
  test.each([
    [2, 5],
    [7, 7],
  ])("are five at least, of %i asked for %i", async (asked, taken) => {
    expect((await ended(restless(), asked, 2, PLANNED_ALONE)).turns).toEqual([taken, taken]);
  });

  test("are each in an order of its own, by the bundle's seed; the first turns in the files' order", async () => {
    const { job } = await ended(WELL, 5, 4, PLANNED_ALONE);
    const places = job.launcher.launched.map((one) => Number(one[0]));
    const passes = [0, 1, 2, 3, 4].map((number) => places.slice(4 * number, 4 * number + 4));
    expect(passes).toEqual([[0, 1, 2, 3], ...[1, 2, 3, 4].map((number) => orderOf(7, number, 4))]);
  });
});

describe("what the page shows of a plan", () => {
  test("counts its steps, and the time that is left by those that were taken", async () => {
    const { job, end } = await ended(WELL, 5, 2, PLANNED_ALONE);
    const running = job.seen.filter(({ state, steps_done }) => state === "running" && steps_done > 0);
    expect(new Set(running.map((one) => one.steps_planned))).toEqual(new Set([10]));
    for (const { steps_done, seconds_left } of running) expect(seconds_left).toBeCloseTo(10 - steps_done, 9);
    expect(job.seen.filter((one) => one.steps_done === 0)[0]!.seconds_left).toBeNull();
    expect(end).toMatchObject({ state: "finished", steps_done: 10, seconds_left: null });
  });

  test("is over where files go on beyond it: then it says for how long at most, and no time that is left", async () => {
    const { job } = await ended(restless(), 5, 2);
    const beyond = job.seen.filter(({ steps_done, state }) => steps_done > 10 && state === "running");
    expect(new Set(beyond.map((one) => one.seconds_left))).toEqual(new Set([null]));
    for (const { steps_done, further_left_s } of beyond)
      expect(further_left_s).toBeCloseTo(Math.max(0, 21 - steps_done), 9); // of 11 s, a second a step
    for (const one of beyond) expect(one.steps_planned).toBe(one.steps_done);
    const within = job.seen.filter(({ steps_done }) => steps_done < 10);
    expect(new Set(within.map((one) => one.further_left_s))).toEqual(new Set([null]));
  });

  test("shrinks where a file drops out, and has no steps of one that dropped out before", async () => {
    const table = new Map<string, unknown>();
    const job = new JobByHand(refusing(1), bundleOf({ passes: 5 }), table, PLANNED_ALONE);
    await job.driver.run();
    expect(job.seen.find((one) => one.steps_done === 2)!.steps_planned).toBe(6);
    for (const key of [...table.keys()]) if (/\/(record|step)\/0/.test(key)) table.delete(key);
    const again = new JobByHand(restless(), job.bundle, table, { page: "page 2", ...PLANNED_ALONE });
    const end = await again.driver.run();
    expect(again.seen.find((one) => one.steps_done === 1)!.steps_planned).toBe(5);
    expect(end.state).toBe("finished");
  });

  test("has the steps of a file that has its record already, as they are told again", async () => {
    const table = new Map<string, unknown>();
    await new JobByHand(WELL, bundleOf({ passes: 5 }), table, PLANNED_ALONE).driver.run();
    for (const key of [...table.keys()]) if (/\/(record|step)\/1/.test(key)) table.delete(key);
    const again = new JobByHand(WELL, bundleOf({ passes: 5 }), table, { page: "page 2", ...PLANNED_ALONE });
    await again.driver.run();
    const running = again.seen.filter(({ state, steps_done }) => state === "running" && steps_done > 0);
    expect(new Set(running.map((one) => one.steps_planned))).toEqual(new Set([10]));
    expect(again.launcher.launched).toHaveLength(5);
  });

  test("says no time while it waits", async () => {
    let steps = 0;
    const job: JobByHand = new JobByHand((asked, hear, signal, at) => {
      if (steps++ === 3) {
        job.page.hide();
        setTimeout(() => job.page.show(), 5);
      }
      return WELL(asked, hear, signal, at);
    });
    await job.driver.run();
    const paused = job.seen.filter(({ state }) => state === "paused");
    expect(paused.length).toBeGreaterThan(0);
    for (const { seconds_left } of paused) expect(seconds_left).toBeNull();
  });
});

describe("the job's time", () => {
  test("goes on where an earlier opening of the page was", async () => {
    const { end, job } = await ended(WELL, 12, 2, { earlierS: 3554.5 });
    expect(end.reason).toMatch(/not done after 3600 s/);
    expect(job.launcher.launched).toHaveLength(6); // 40 s went by before the first step
  });
});

describe("what the computer hears", () => {
  /** Run a job; return what it was told, and when it was told nothing more. */
  async function told(play: (job: () => JobByHand) => Play, happened: string[] = []) {
    const texts: string[] = [];
    const sending = {
      progress: (text: string) => {
        texts.push(text);
        happened.push(JSON.parse(text).phase.replace(/.*: /, ""));
      },
      hush: () => happened.push("hush"),
      flush: async () => true,
    } as unknown as Sending;
    const job: JobByHand = new JobByHand(
      play(() => job),
      bundleOf({ passes: 5 }),
      new Map(),
      { sending, ...PLANNED_ALONE },
    );
    await job.driver.run();
    return texts.map((text) => JSON.parse(text));
  }

  test("is which file it is at, and at last that all are done", async () => {
    const texts = await told(() => WELL);
    expect(texts[0]).toMatchObject({ state: "running", run: 0, runs: 2 });
    expect(texts.find(({ phase }) => phase === "small-1.onnx: opening")).toMatchObject({ run: 1 });
    expect(texts.at(-1)).toMatchObject({ state: "finished", run: 2, runs: 2, phase: "" });
  });

  test("is that it failed where it was cancelled, and why", async () => {
    const texts = await told((job) => () => {
      job().driver.cancel();
      return { how: "stopped" };
    });
    expect(texts.at(-1)).toMatchObject({ state: "failed", run: 0, reason: "it was cancelled" });
  });

  test("is nothing from when a turn is timed until it is over", async () => {
    const happened: string[] = [];
    await told(
      () => (asked, hear, signal, at) => {
        for (const phase of ["warming up", "measuring"] as const) hear({ say: "phase", phase });
        happened.push("timed");
        if (asked.kind === "first") hear({ say: "phase", phase: "its outputs" });
        return WELL(asked, hear, signal, at);
      },
      happened,
    );
    const timed = happened.flatMap((one, place) => (one === "timed" ? [place] : []));
    expect(timed).toHaveLength(10);
    for (const place of timed) expect(happened.slice(place - 2, place)).toEqual(["warming up", "hush"]);
    expect(happened.slice(timed[0]! + 1, timed[0]! + 2)).toEqual(["its outputs"]);
  });
});
