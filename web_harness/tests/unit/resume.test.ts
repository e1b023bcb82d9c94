// A page that ends in the middle of a job, at any step, and is opened again: the job goes on and loses nothing.

import { describe, expect, test } from "vitest";
import { MOST_CRASHES } from "../../src/run/journal";
import { bundleOf, JobByHand, type Play, WELL } from "./_job";

/** Run until the step `count` begins; then the page is gone. Return what the browser kept. */
async function killedAt(count: number, table: Map<string, unknown> = new Map(), page = "page 1") {
  let step = 0;
  let kept: Map<string, unknown> | null = null;
  const gone = new Promise<never>(() => undefined);
  const killed = new Promise<void>((resolve) => {
    const play: Play = (asked, hear, signal, at) => {
      if (step++ === count) {
        kept = structuredClone(table);
        resolve();
        return gone;
      }
      return WELL(asked, hear, signal, at);
    };
    const job = new JobByHand(play, bundleOf({ passes: 5 }), table, { page });
    void job.driver.run().then(() => resolve());
  });
  await killed;
  return kept as Map<string, unknown> | null;
}

describe("a page that is opened again", () => {
  test.each(Array.from({ length: 10 }, (_, step) => step))(
    "goes on after step %i was cut short by a reload",
    async (step) => {
      const kept = await killedAt(step);
      expect(kept).not.toBeNull();
      const job = new JobByHand(WELL, bundleOf({ passes: 5 }), kept!, { page: "page 2" });
      await job.journal.judge("page 2", ["page 1"]);
      const end = await job.driver.run();
      expect(end.state).toBe("finished");
      expect(job.record(0).status).toBe("ok");
      expect(job.record(1).status).toBe("ok");
      // the steps that were done are not done again
      const all = job.record(0).turns.length + job.record(1).turns.length;
      expect(job.launcher.launched).toHaveLength(all - step);
      expect(job.maps.filter((one) => one.startsWith("0"))).toHaveLength(3);
    },
  );

  test("does a step again that took the page down once, and gives its file up after the second time", async () => {
    const once = await killedAt(1);
    const second = new JobByHand(WELL, bundleOf({ passes: 5 }), structuredClone(once!), { page: "page 2" });
    await second.journal.judge("page 2", []);
    expect((await second.driver.run()).rows[1]!.state).toBe("ok");

    const table = once!;
    const judged = new JobByHand(WELL, bundleOf({ passes: 5 }), table, { page: "page 2" });
    await judged.journal.judge("page 2", []);
    const twice = await killedAt(0, table, "page 2");
    const third = new JobByHand(WELL, bundleOf({ passes: 5 }), twice!, { page: "page 3" });
    await third.journal.judge("page 3", []);
    const end = await third.driver.run();
    expect(MOST_CRASHES).toBe(2);
    expect(end.rows.map(({ state }) => state)).toEqual(["ok", "failed"]);
    expect(third.record(1).reason).toMatch(/the page ended 2 times/);
  });

  test("does not run what has its record", async () => {
    const table = new Map<string, unknown>();
    const first = new JobByHand(WELL, bundleOf({ passes: 5 }), table);
    await first.driver.run();
    const again = new JobByHand(WELL, bundleOf({ passes: 5 }), table, { page: "page 2" });
    const end = await again.driver.run();
    expect(again.launcher.launched).toEqual([]);
    expect(end.state).toBe("finished");
    expect(again.records).toEqual(first.records);
  });

  test("takes a first turn anew whose class maps are gone", async () => {
    const kept = await killedAt(3);
    for (const key of [...kept!.keys()]) if (key.includes("/map/")) kept!.delete(key);
    const job = new JobByHand(WELL, bundleOf({ passes: 5 }), kept!, { page: "page 2" });
    await job.journal.judge("page 2", ["page 1"]);
    expect((await job.driver.run()).state).toBe("finished");
    expect(job.launcher.launched[0]).toBe("0 first");
  });

  test("overlooks entries that are damaged", async () => {
    const kept = await killedAt(4);
    for (const key of [...kept!.keys()]) if (key.includes("/step/0-")) kept!.set(key, { run: "no number" });
    const job = new JobByHand(WELL, bundleOf({ passes: 5 }), kept!, { page: "page 2" });
    await job.journal.judge("page 2", ["page 1"]);
    expect((await job.driver.run()).rows.map(({ state }) => state)).toEqual(["ok", "ok"]);
  });
});
