// A step and its tries: how long it may take, what is tried again, what is kept before it counts.

import { afterEach, describe, expect, test, vi } from "vitest";
import type { Launcher } from "../../src/run/launcher";
import { answerOf, bundleOf, JobByHand, type Play, WELL } from "./_job";

afterEach(() => void vi.useRealTimers());

describe("a step's limit", () => {
  async function limits(run_s: number, total_s: number): Promise<number[]> {
    const found: number[] = [];
    const launcher: Launcher = {
      launch: async (asked, hear, limit_s, signal) => {
        found.push(limit_s);
        job.clock.ms += 1000;
        return WELL(asked, hear, signal, 0);
      },
    };
    const bundle = bundleOf({ passes: 5, limits: { run_s, total_s, max_temp_c: null } });
    const job: JobByHand = new JobByHand(WELL, bundle, new Map(), { launcher });
    await job.driver.run();
    return found;
  }

  test("is the bundle's for one file, and no longer than the job has left, but for a second", async () => {
    expect(new Set(await limits(60, 3600))).toEqual(new Set([60]));
    expect(await limits(3, 5.5)).toEqual([3, 3, 3, 2.5, 1.5, 1]);
  });
});

describe("what is tried again", () => {
  const tries = async (play: Play) => {
    const job = new JobByHand((asked, hear, signal, at) => (at === 1 ? play : WELL)(asked, hear, signal, at));
    await job.driver.run();
    return {
      tries: job.launcher.launched.filter((one) => one.startsWith("1")).length,
      status: job.record(1).status,
    };
  };
  const failed = (more: object): Play => {
    return (asked) => ({
      how: "answered",
      answer: { ...answerOf(asked.kind), status: "failed", reason: "it went wrong", ...more },
    });
  };

  test("is a file that did not open, once: its worker ended, or could not fetch what it runs on", async () => {
    const twice = { tries: 2, status: "failed" };
    expect(await tries(() => ({ how: "died", why: "its worker ended" }))).toEqual(twice);
    expect(await tries(failed({ session: null }))).toEqual(twice);
  });

  test("is none that hung, went wrong once it was open, or is refused", async () => {
    const once = { tries: 1, status: "failed" };
    expect(await tries(() => ({ how: "hung", why: "it gave no answer within 60 s" }))).toEqual(once);
    expect(await tries(failed({}))).toEqual(once);
    const refused = await tries(failed({ session: null, status: "refused" }));
    expect(refused).toEqual({ tries: 1, status: "refused" });
  });

  test("is what failed while the computer was away, as often as it goes", async () => {
    let times = 3;
    const job: JobByHand = new JobByHand((asked, hear, signal, at) => {
      if (at === 0 || times-- <= 0) return WELL(asked, hear, signal, at);
      job.reach.goes();
      setTimeout(() => job.reach.comes(), 5);
      return failed({ session: null })(asked, hear, signal, at);
    });
    expect((await job.driver.run()).rows.map(({ state }) => state)).toEqual(["ok", "ok"]);
  });

  test("is a turn that ended on a hidden page, though the browser did not say yet that it left", async () => {
    let turns = 0;
    const job: JobByHand = new JobByHand((asked, hear, signal, at) => {
      if (turns++ === 3) {
        Object.assign(job.page, { visible: false });
        setTimeout(() => job.page.show(), 5);
      }
      return WELL(asked, hear, signal, at);
    });
    await job.driver.run();
    const taken = job.record(0).turns.length + job.record(1).turns.length;
    expect(job.launcher.launched).toHaveLength(taken + 1);
  });
});

describe("what counts", () => {
  test("has its class maps kept first, however long a browser takes for that", async () => {
    const job = new JobByHand();
    const addMap = job.journal.addMap.bind(job.journal);
    const end = job.journal.end.bind(job.journal);
    job.journal.addMap = async (...asked) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await addMap(...asked);
    };
    const kept: (Uint8Array | null)[] = [];
    job.journal.end = async (run, number, outcome) => {
      const maps = outcome.came === "answer" ? outcome.maps : null;
      if (maps) for (const hash of [...maps.hashes, maps.again]) kept.push(await job.journal.map(hash));
      await end(run, number, outcome);
    };
    await job.driver.run();
    expect(kept).toHaveLength(8);
    expect(kept).not.toContain(null);
  });

  test("says how the device was before the first of a file's steps and after the last", async () => {
    const start = Date.UTC(2026, 0, 2);
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    const job: JobByHand = new JobByHand(
      (asked, hear, signal, at) => {
        vi.setSystemTime(start + job.clock.ms);
        return WELL(asked, hear, signal, at);
      },
      bundleOf({ passes: 5 }, 1),
    );
    await job.driver.run();
    const { state, turns } = job.record(0);
    expect(Date.parse(state.start.at)).toBe(start);
    expect(Date.parse(state.end.at)).toBe(start + 1000 * turns.length);
  });
});
