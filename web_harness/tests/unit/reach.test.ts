// A computer that went away: what fails meanwhile says nothing of a file, and the job goes on by itself.

import { describe, expect, test } from "vitest";
import { reachOf } from "../../src/run/reach";
import { JobByHand, type Play, WELL } from "./_job";

const DIED: Play = () => ({ how: "died", why: "its worker ended: the browser does not say why" });
const paused = (job: JobByHand) => job.seen.filter(({ state }) => state === "paused");

describe("a job whose computer went away", () => {
  test.each([
    ["in a first turn", 0],
    ["in a later pass", 5],
  ])("pauses %s, says why, goes on once it is back, and no file failed", async (_, at) => {
    let steps = 0;
    const job: JobByHand = new JobByHand((asked, hear, signal, place) => {
      if (steps++ !== at) return WELL(asked, hear, signal, place);
      job.reach.goes();
      setTimeout(() => job.reach.comes(), 20);
      return DIED(asked, hear, signal, place);
    });
    const end = await job.driver.run();
    expect(end.state).toBe("finished");
    expect(paused(job)[0]!.reason).toMatch(/^The computer does not answer; .* goes on/);
    expect(end.rows.map(({ state }) => state)).toEqual(["ok", "ok"]);
    expect(job.launcher.launched[at + 1]).toBe(job.launcher.launched[at]);
  });

  test("does not count the time that it waits", async () => {
    let steps = 0;
    const job: JobByHand = new JobByHand((asked, hear, signal, place) => {
      if (steps++ !== 3) return WELL(asked, hear, signal, place);
      job.reach.goes();
      setTimeout(() => {
        job.clock.ms += 3_000_000;
        job.reach.comes();
      }, 10);
      return DIED(asked, hear, signal, place);
    });
    const end = await job.driver.run();
    expect(end.state).toBe("finished");
    expect(
      Math.max(...job.record(0).turns.map((turn: { started_s: number }) => turn.started_s)),
    ).toBeLessThan(600);
  });

  test("can be cancelled meanwhile: what is finished counts", async () => {
    let steps = 0;
    const job: JobByHand = new JobByHand((asked, hear, signal, place) => {
      if (steps++ < 2) return WELL(asked, hear, signal, place);
      job.reach.goes();
      setTimeout(() => job.driver.cancel(), 10);
      return DIED(asked, hear, signal, place);
    });
    expect((await job.driver.run()).state).toBe("cancelled");
    expect(job.record(0).status).toBe("ok");
    expect(job.record(1).status).toBe("ok");
  });

  test("that was away for a moment only: a file that did not open is opened once more", async () => {
    let deaths = 1;
    const job = new JobByHand((asked, hear, signal, place) =>
      place === 1 && deaths-- > 0 ? DIED(asked, hear, signal, place) : WELL(asked, hear, signal, place),
    );
    expect((await job.driver.run()).rows.map(({ state }) => state)).toEqual(["ok", "ok"]);
  });

  test("is not waited for where a file died in the middle of its run, with the computer there", async () => {
    const job = new JobByHand((asked, hear, signal, place) => {
      if (place === 0) return WELL(asked, hear, signal, place);
      hear({ say: "phase", phase: "warming up" });
      return DIED(asked, hear, signal, place);
    });
    expect((await job.driver.run()).rows.map(({ state }) => state)).toEqual(["ok", "failed"]);
    expect(job.launcher.launched.filter((one) => one.startsWith("1"))).toHaveLength(1);
  });
});

describe("the way to a computer", () => {
  test("is looked at again and again, past every cache, until it answers", async () => {
    const asked: RequestInit[] = [];
    const pauses: number[] = [];
    const reach = reachOf(
      "http://computer/session.json",
      async (_, options) => {
        asked.push(options!);
        if (asked.length < 4) throw new TypeError("Failed to fetch");
        return new Response("{}");
      },
      async (ms) => {
        pauses.push(ms);
      },
    );
    await reach.untilThere(new AbortController().signal);
    expect(asked).toHaveLength(4);
    expect(asked.every(({ cache }) => cache === "no-store")).toBe(true);
    expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
  });

  test("is no way where an error page answers", async () => {
    const reach = reachOf("http://computer/session.json", async () => new Response("", { status: 502 }));
    expect(await reach.isThere()).toBe(false);
  });
});
