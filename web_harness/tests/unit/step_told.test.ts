// What a step tells and leaves behind: a row's state, waits that are over, records that are kept before anybody hears of them.

import { describe, expect, test } from "vitest";
import { answerOf, bundleOf, JobByHand, type Play, sayMaps, WELL } from "./_job";

const FIVE = bundleOf({ passes: 5 });

describe("a row", () => {
  test("is opening, measuring and checking in its first turn, and measuring in each later one", async () => {
    const states: string[] = [];
    const job: JobByHand = new JobByHand((asked, hear, signal, at) => {
      const state = () => states.push(`${asked.kind} ${job.seen.at(-1)!.rows[at]!.state}`);
      state();
      for (const phase of ["measuring", "its outputs"] as const) {
        hear({ say: "phase", phase });
        state();
      }
      return WELL(asked, hear, signal, at);
    }, FIVE);
    await job.driver.run();
    expect(states.slice(0, 3)).toEqual(["first opening", "first measuring", "first checking"]);
    expect(new Set(states.slice(6))).toEqual(new Set(["turn measuring"]));
  });
});

describe("a wait", () => {
  test("leaves no reason behind once it is over", async () => {
    let steps = 0;
    const job: JobByHand = new JobByHand((asked, hear, signal, at) => {
      if (steps++ === 2) {
        job.page.hide();
        setTimeout(() => job.page.show(), 5);
      }
      return WELL(asked, hear, signal, at);
    }, FIVE);
    await job.driver.run();
    const states = new Set(job.seen.map(({ state, reason }) => `${state} ${reason === "" ? "" : "why"}`));
    expect(states).toEqual(new Set(["running ", "paused why", "finished "]));
  });

  test("is none where the job was cancelled", async () => {
    const job = new JobByHand();
    job.page.hide();
    job.driver.cancel();
    expect((await job.driver.run()).state).toBe("cancelled");
    expect(job.seen.filter(({ state }) => state === "paused")).toEqual([]);
  });
});

describe("a worker", () => {
  test("is ended at once where it gives a class map that is none", async () => {
    const job = new JobByHand((asked, hear, signal, at) => {
      if (at === 1) return WELL(asked, hear, signal, at);
      hear({ say: "map", photo: 0, again: false, runs: new Uint8Array(3) });
      expect(signal.aborted).toBe(true);
      return { how: "stopped" };
    }, FIVE);
    await job.driver.run();
    expect(job.record(0)).toMatchObject({ status: "failed", reason: expect.stringMatching(/PSCM/) });
  });

  test("that is done hears no more of the page", async () => {
    const signals: AbortSignal[] = [];
    const job: JobByHand = new JobByHand((asked, hear, signal, at) => {
      signals.push(signal);
      if (signals.length === 4) {
        job.page.hide();
        job.page.show();
      }
      return WELL(asked, hear, signal, at);
    }, FIVE);
    await job.driver.run();
    expect(signals.map((signal) => signal.aborted).slice(0, 5)).toEqual([false, false, false, true, false]);
  });
});

describe("an answer", () => {
  const failing = async (change: (kind: "first" | "turn") => object) => {
    const play: Play = (asked, hear) => {
      if (asked.kind === "first") sayMaps(hear);
      return { how: "answered", answer: { ...answerOf(asked.kind), ...change(asked.kind) } };
    };
    const job = new JobByHand((asked, ...more) => (more[2] === 0 ? play : WELL)(asked, ...more), FIVE);
    await job.driver.run();
    expect(job.record(1).status).toBe("ok");
    return job.record(0);
  };

  test("to a first turn has what was looked at after it, and to another has not", async () => {
    const { checked } = answerOf("first");
    expect((await failing(() => ({ checked: null }))).reason).toMatch(/first turn: .*something else/);
    expect((await failing(() => ({ checked }))).reason).toMatch(/pass 2: .*something else/);
  });

  test("of a turn that another processor ran fails its file", async () => {
    const { session } = answerOf("turn");
    const other = { ...session!, accelerator: { ...session!.accelerator, obtained: "gpu" } };
    const record = await failing((kind) => (kind === "turn" ? { session: other } : {}));
    expect(record).toMatchObject({ status: "failed", reason: expect.stringMatching(/otherwise than/) });
  });
});

describe("a record", () => {
  test("is kept before anybody hears of it, however long a browser takes for that", async () => {
    const job = new JobByHand(WELL, FIVE);
    const addRecord = job.journal.addRecord.bind(job.journal);
    const kept: number[] = [];
    job.journal.addRecord = async (run, text) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await addRecord(run, text);
      expect(job.records.has(run)).toBe(false);
      kept.push(run);
    };
    await job.driver.run();
    expect(kept).toEqual([0, 1]);
    expect([...job.records.keys()]).toEqual([0, 1]);
  });

  test("is not measured anew where the steps that it came of are gone", async () => {
    const table = new Map<string, unknown>();
    await new JobByHand(WELL, FIVE, table).driver.run();
    for (const key of [...table.keys()]) if (/\/step\/0-|\/record\/1/.test(key)) table.delete(key);
    const again = new JobByHand(WELL, FIVE, table, { page: "page 2" });
    const end = await again.driver.run();
    expect(again.launcher.launched.filter((one) => one.startsWith("0"))).toEqual([]);
    expect(end.rows.map(({ state }) => state)).toEqual(["ok", "ok"]);
  });
});
