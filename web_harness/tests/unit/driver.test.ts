// The job: its order, and what becomes of it where a file, a worker, a page or a person ends a step.

import { describe, expect, test } from "vitest";
import { readRecord } from "../../src/contract/record_reader";
import { JobRun } from "../../src/run/job_run";
import { answerOf, bundleOf, JobByHand, mapOf, type Play, SIDE, sayMaps, WELL } from "./_job";

const untilHeard = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("a job that goes well", () => {
  test("takes each file's first turn in order, then passes over all, and ends with a record of each", async () => {
    const job = new JobByHand();
    const end = await job.driver.run();
    expect(end.state).toBe("finished");
    expect(job.launcher.launched.slice(0, 2)).toEqual(["0 first", "1 first"]);
    expect(job.launcher.launched.filter((one) => one.endsWith("first"))).toHaveLength(2);
    expect([...job.records.keys()].sort()).toEqual([0, 1]);
    for (const text of job.records.values()) readRecord(new TextEncoder().encode(text));
    expect(job.record(0).turns.length).toBeGreaterThanOrEqual(6);
    expect(job.record(1).golden.status).toBe("passed");
    expect(job.record(0).program.launch).toBe("page");
  });

  test("shows golden check, mIoU and a first p50 after the first turn, before any pass", async () => {
    const job = new JobByHand();
    await job.driver.run();
    const early = job.seen.find(({ rows }) => rows[0]!.turns === 1 && rows[0]!.p50_ms !== null)!;
    expect(early.rows[0]).toMatchObject({ golden: "passed", miou: 1, agreement: 1, p50_ms: 10 });
    expect(early.rows[1]!.turns).toBe(0);
    expect(job.maps.slice(0, 3)).toEqual(["0 0", "0 1", "0 2"]);
  });

  test("says from the first turn beyond its plan on for how long it goes on at most, and lets its end not recede", async () => {
    const job = new JobByHand();
    await job.driver.run();
    const running = job.seen.filter(({ state }) => state === "running");
    const beyond = running.filter(({ further_left_s }) => (further_left_s ?? null) !== null);
    const planned = running.filter((seen) => !beyond.includes(seen));
    expect(beyond.length).toBeGreaterThan(0);
    expect(running.indexOf(beyond[0]!)).toBe(planned.length); // never before, and to the end
    expect(new Set(planned.slice(1).map(({ steps_planned }) => steps_planned)).size).toBe(1); // the first says that it begins
    for (const { further_left_s, seconds_left, phase } of beyond) {
      expect(further_left_s).toBeLessThanOrEqual(11); // 10 s, and 1 s for the other file
      expect(seconds_left).toBeNull();
      expect(phase).toMatch(/beyond the plan/);
    }
    const lefts = beyond.map(({ further_left_s }) => further_left_s!);
    expect([...lefts].sort((a, b) => b - a)).toEqual(lefts);
  });

  test("goes on beyond its passes until its files have enough", async () => {
    const job = new JobByHand(WELL, bundleOf({ passes: 2 }));
    await job.driver.run();
    expect(job.record(0).turns.length).toBeGreaterThanOrEqual(5);
    expect(job.record(0).statistics.turns).toBe(job.record(0).turns.length);
  });
});

describe("class maps that are judged as they come", () => {
  test("come to the same, and are judged anew where the answer names another accelerator", async () => {
    const told =
      (accelerator: object): Play =>
      (asked, hear, signal, at) => {
        const { session } = answerOf(asked.kind);
        const said = { ...session!.accelerator, ...accelerator };
        hear({ say: "session", session: { accelerator: said, threads: 1 } });
        return WELL(asked, hear, signal, at);
      };
    const seen = [];
    for (const play of [WELL, told({}), told({ obtained: "gpu", arithmetic: "int8" })]) {
      const job = new JobByHand(play);
      await job.driver.run();
      seen.push([job.record(0).golden, job.record(0).bundle.photos]);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });
});

describe("a step that goes wrong", () => {
  const only =
    (place: number, play: Play): Play =>
    (asked, hear, signal, at) =>
      at === place ? play(asked, hear, signal, at) : WELL(asked, hear, signal, at);

  const CASES: readonly (readonly [string, Play, "refused" | "failed", RegExp])[] = [
    [
      "a worker that dies",
      () => ({ how: "died", why: "its worker ended: out of memory" }),
      "failed",
      /out of memory/,
    ],
    [
      "a worker that hangs",
      () => ({ how: "hung", why: "it gave no answer within 60 s" }),
      "failed",
      /within 60 s/,
    ],
    [
      "a file that cannot run here",
      (asked) => ({
        how: "answered",
        answer: { ...answerOf(asked.kind), status: "refused", reason: "no WebGPU" },
      }),
      "refused",
      /^no WebGPU$/,
    ],
    [
      "an answer without a turn",
      (asked, hear) => {
        sayMaps(hear);
        return { how: "answered", answer: { ...answerOf(asked.kind), turn: null } };
      },
      "failed",
      /something else/,
    ],
    [
      "an answer without class maps",
      (asked) => ({ how: "answered", answer: answerOf(asked.kind) }),
      "failed",
      /each photo/,
    ],
    [
      "class maps out of turn",
      (asked, hear) => {
        sayMaps(hear);
        sayMaps(hear);
        return { how: "answered", answer: answerOf(asked.kind) };
      },
      "failed",
      /class map of photo 0/,
    ],
    [
      "a class map that is none",
      (asked, hear) => {
        hear({ say: "map", photo: 0, again: false, runs: new Uint8Array([1, 2, 3]) });
        return { how: "answered", answer: answerOf(asked.kind) };
      },
      "failed",
      /PSCM/,
    ],
  ];

  test.each(CASES)("%s gives its record, and the other file goes on", async (_, play, status, reason) => {
    const job = new JobByHand(only(0, play));
    const end = await job.driver.run();
    expect(end.state).toBe("finished");
    expect(job.record(0).status).toBe(status);
    expect(job.record(0).reason).toMatch(reason);
    readRecord(new TextEncoder().encode(job.records.get(0)));
    expect(job.record(1).status).toBe("ok");
    expect(end.rows[0]).toMatchObject({ state: status });
  });

  test("a worker that dies in a later pass makes its run failed", async () => {
    const job = new JobByHand((asked, hear, signal, at) =>
      at === 1 && asked.kind === "turn" ? { how: "died", why: "it crashed" } : WELL(asked, hear, signal, at),
    );
    await job.driver.run();
    expect(job.record(1)).toMatchObject({ status: "failed", reason: "in pass 2: it crashed" });
    expect(job.record(0).status).toBe("ok");
  });

  test("a stale output is caught: the first photo's map is another the second time", async () => {
    const stale: Play = (asked, hear) => {
      let last = mapOf(0);
      if (asked.kind === "first") {
        sayMaps(hear, (photo) => {
          const before = last;
          last = mapOf(photo);
          return before;
        });
      }
      return { how: "answered", answer: answerOf(asked.kind) };
    };
    const job = new JobByHand(only(0, stale));
    await job.driver.run();
    expect(job.record(0).golden.status).toBe("failed");
    expect(job.record(0).verdict).toBe("INVALID");
  });

  test("a map of another size fails its run", async () => {
    const play: Play = (asked, hear) => {
      sayMaps(hear, () => ({ height_px: 2, width_px: SIDE, classes: new Uint8Array(2 * SIDE) }));
      return { how: "answered", answer: answerOf(asked.kind) };
    };
    const job = new JobByHand(only(1, play));
    await job.driver.run();
    expect(job.record(1).reason).toMatch(/not of its size/);
  });
});

describe("figures of a run", () => {
  test("are reckoned once for so many turns, however often the page asks, and anew with each turn", async () => {
    const job = new JobByHand();
    await job.driver.run();
    const run = new JobRun(0, { artifact: 0, accelerator: "cpu", threads: 1 }, "small");
    const best = { integer_ms: 0.1, memory_ms: 0.5 };
    const take = () =>
      run.take("turn", 1, { came: "answer", answer: answerOf("turn"), foreground: true, maps: null }, 1, 0);
    take();
    const first = run.figures(best);
    expect(run.figures({ ...best })).toBe(first);
    take();
    expect(run.figures(best)).not.toBe(first);
    expect(run.figures(best).turns).toBe(2);
    expect(run.figures({ ...best, integer_ms: 0.05 }).undisturbed_turns).toBe(0);
  });
});

describe("what is not known", () => {
  /** A job whose workers answer so. */
  async function recorded(change: (answer: ReturnType<typeof answerOf>) => object) {
    const job = new JobByHand((asked, hear) => {
      if (asked.kind === "first") sayMaps(hear);
      const answer = answerOf(asked.kind);
      return { how: "answered", answer: { ...answer, ...change(answer) } };
    });
    await job.driver.run();
    readRecord(new TextEncoder().encode(job.records.get(0)));
    return job.record(0);
  }

  test("has its reason where a runtime does not say what ran the file", async () => {
    const record = await recorded(({ session }) => ({
      session: { ...session!, accelerator: { ...session!.accelerator, obtained: null } },
    }));
    expect(record.status).toBe("ok");
    expect(record.unknown).toMatchObject({
      "/accelerator/obtained": "the runtime does not say",
      "/accelerator/fallback": "it is not known what ran it",
    });
  });

  test("is the spread of means, where the clock is coarse, and of few runs, where it is fine", async () => {
    const fine = await recorded(() => ({}));
    expect(fine.unknown["/statistics/p99_ms"]).toBe("there are too few runs");
    const coarse = await recorded(({ turn }) => ({ turn: { ...turn!, batch: 10 }, clock_step_ms: 0.1 }));
    expect(coarse.statistics).toMatchObject({ p90_ms: null, p99_ms: null, cv: null });
    for (const name of ["p90_ms", "p99_ms", "cv"])
      expect(coarse.unknown[`/statistics/${name}`]).toMatch(/means of several runs/);
    expect(coarse.clock.step_ms).toBe(0.1);
  });

  test("names threads that were asked for and not given, and why", async () => {
    const fallback = "one thread, as this page may not share memory between threads";
    const record = await recorded(({ session }) => ({
      session: { threads: 1, accelerator: { ...session!.accelerator, fallback } },
    }));
    expect(record.accelerator.fallback).toBe(fallback);
    expect([record.runtime.threads, record.runtime.build]).toEqual([1, "wasm-simd-threaded"]);
  });

  test("of a failed run: memory is what no browser says, not what its file did", async () => {
    const job = new JobByHand(() => ({ how: "died", why: "it crashed" }));
    await job.driver.run();
    readRecord(new TextEncoder().encode(job.records.get(0)));
    expect(job.record(0).unknown["/memory"]).toMatch(/browsers/);
  });
});

describe("a person", () => {
  test("cancels: what has its first turn gets a record, the rest none", async () => {
    const job: JobByHand = new JobByHand((asked, hear, signal, at) => {
      if (at === 1) {
        job.driver.cancel();
        return { how: "stopped" };
      }
      return WELL(asked, hear, signal, at);
    });
    const end = await job.driver.run();
    expect(end.state).toBe("cancelled");
    expect([...job.records.keys()]).toEqual([0]);
    expect(job.record(0).verdict).toBe("INVALID");
    expect(job.record(0).verdict_reasons.join()).toMatch(/too few/);
  });

  test("hides the page in a turn: it is thrown away and taken again once the page is in front", async () => {
    let hides = 1;
    const job: JobByHand = new JobByHand(async (asked, hear, signal, at) => {
      if (asked.kind === "turn" && hides-- > 0) {
        job.page.hide();
        expect(signal.aborted).toBe(true);
        setTimeout(() => job.page.show(), 5);
        return { how: "stopped" };
      }
      return WELL(asked, hear, signal, at);
    });
    const end = await job.driver.run();
    expect(end.state).toBe("finished");
    expect(job.seen.some(({ state, reason }) => state === "paused" && /hidden/.test(reason))).toBe(true);
    for (const run of [0, 1]) {
      expect(
        job.record(run).turns.every((turn: { device: { foreground: boolean } }) => turn.device.foreground),
      ).toBe(true);
      expect(job.record(run).verdict_reasons.join()).not.toMatch(/foreground/);
    }
  });

  test("hides it three times in one turn: the third counts, and the times are INVALID", async () => {
    let hides = 3;
    const job: JobByHand = new JobByHand(async (asked, hear, signal, at) => {
      if (asked.kind === "turn" && at === 0 && hides-- > 0) {
        job.page.hide();
        setTimeout(() => job.page.show(), 5);
        if (signal.aborted) return { how: "stopped" };
      }
      return WELL(asked, hear, signal, at);
    });
    await job.driver.run();
    expect(job.record(0).verdict).toBe("INVALID");
    expect(job.record(0).verdict_reasons.join()).toMatch(/foreground/);
    expect(job.record(1).verdict_reasons.join()).not.toMatch(/foreground/);
  });

  test("cancels while the page is hidden", async () => {
    const job: JobByHand = new JobByHand();
    job.page.hide();
    const running = job.driver.run();
    await untilHeard();
    job.driver.cancel();
    expect((await running).state).toBe("cancelled");
    expect(job.records.size).toBe(0);
  });
});

describe("another tab", () => {
  test("goes on with the job: this one ends without records, and the journal has what was done", async () => {
    const table = new Map<string, unknown>();
    let steps = 0;
    const job: JobByHand = new JobByHand(
      (asked, hear, signal, at) => {
        if (steps++ < 3) return WELL(asked, hear, signal, at);
        job.driver.leave();
        return { how: "stopped" };
      },
      bundleOf(),
      table,
    );
    const end = await job.driver.run();
    expect(end.reason).toMatch(/another tab/);
    expect(job.records.size).toBe(0);
    const other = new JobByHand(WELL, bundleOf(), table, { page: "page 2" });
    await other.journal.judge("page 2", ["this page"]);
    expect((await other.driver.run()).state).toBe("finished");
    expect(other.launcher.launched.filter((one) => one.endsWith("first"))).toHaveLength(0);
  });
});

describe("the job's time", () => {
  test("is over: what is finished counts", async () => {
    const job = new JobByHand(WELL, bundleOf({ limits: { run_s: 60, total_s: 4, max_temp_c: null } }));
    const end = await job.driver.run();
    expect(end).toMatchObject({ state: "failed" });
    expect(end.reason).toMatch(/not done after 4 s/);
    expect(job.records.size).toBe(2);
  });
});
