// Storage that fails, at once or in the middle of a job: the job goes on in memory, and the page hears of it once.

import { describe, expect, test } from "vitest";
import { readRecord } from "../../src/contract/record_reader";
import { Journal } from "../../src/run/journal";
import { begun, keepJob, keptJob } from "../../src/run/kept_jobs";
import { readSession } from "../../src/run/session";
import { InMemory, openStore, type Store, Sturdy } from "../../src/run/store";
import { bundleOf, JOB, JobByHand } from "./_job";

/** A disk that takes so many values and then none; `isGone`: nor gives any. */
class Full implements Store {
  readonly lasts = true;
  isGone = false;
  private readonly kept = new InMemory();
  constructor(private left: number) {}
  async get(key: string): Promise<unknown> {
    if (this.isGone) throw new DOMException("the connection is closing", "InvalidStateError");
    return this.kept.get(key);
  }
  async put(key: string, value: unknown): Promise<void> {
    if (this.isGone || this.left-- <= 0) throw new DOMException("no room", "QuotaExceededError");
    await this.kept.put(key, value);
  }
  async remove(keys: readonly string[]): Promise<void> {
    if (this.isGone) throw new DOMException("the connection is closing", "InvalidStateError");
    await this.kept.remove(keys);
  }
  async keys(start: string): Promise<string[]> {
    if (this.isGone) throw new DOMException("the connection is closing", "InvalidStateError");
    return this.kept.keys(start);
  }
}

describe("a store below which something fails", () => {
  test.each([0, 1, 5, 12, 30])(
    "a job goes on in memory where the disk is full after %i values",
    async (room) => {
      const store = new Sturdy(new Full(room));
      let lost = 0;
      store.onLost(() => (lost += 1));
      const journal = new Journal(store, JOB);
      const job = new JobByHand(undefined, undefined, undefined, { store, journal });
      expect((await job.driver.run()).state).toBe("finished");
      expect([lost, store.lasts]).toEqual([1, false]);
      for (const run of [0, 1]) {
        readRecord(new TextEncoder().encode((await journal.record(run)) ?? ""));
        for (const { map_sha256 } of job.record(run).bundle.photos)
          expect(await journal.map(map_sha256)).not.toBeNull();
      }
    },
  );

  test("what was put stays readable where all that was kept is cleared in the middle", async () => {
    const below = new Full(1000);
    const store = new Sturdy(below);
    await store.put("job/a", 1);
    await store.put("job/b", 2);
    below.isGone = true;
    expect(await store.get("job/a")).toBe(1);
    await store.remove(["job/a"]);
    expect(await store.keys("job/")).toEqual(["job/b"]);
    expect(await store.get("job/a")).toBeUndefined();
  });

  test("a value that did not fit hides the older one that did", async () => {
    const store = new Sturdy(new Full(1));
    await store.put("k", "old");
    await store.put("k", "new");
    expect(await store.get("k")).toBe("new");
    expect(await store.keys("k")).toEqual(["k"]);
  });

  test("a browser without IndexedDB keeps nothing, and says so", async () => {
    const store = await openStore(); // Node has none
    expect(store.lasts).toBe(false);
    await store.put("k", 1);
    expect(await store.get("k")).toBe(1);
  });
});

describe("two versions of the page", () => {
  const sessionOf = (program_version: string) =>
    readSession(
      JSON.stringify({
        schema_version: "1.0",
        mode: "serve",
        bundle: "a".repeat(64),
        bundle_url: "bundle/",
        results_url: "results/",
        runtimes: { ort: "runtimes/ort/", litert: "runtimes/litert/" },
        program_version,
        commit: null,
      }),
      "http://127.0.0.1:8765/",
    );
  const bundle = bundleOf();

  test("a job is gone on with by the version that began it", async () => {
    const store = new InMemory();
    const job = await begun(store, bundle, sessionOf("1.0"));
    expect(await begun(store, bundle, sessionOf("1.0"))).toEqual(job);
  });

  test("another version begins its own, and measures nothing into the record of the first", async () => {
    const store = new InMemory();
    const job = await begun(store, bundle, sessionOf("1.0"));
    expect((await keptJob(store, sessionOf("2.0")))?.state).toBe("cancelled");
    expect((await begun(store, bundle, sessionOf("2.0"))).job).not.toBe(job.job);
  });

  test("a job of before versions were kept is no running one", async () => {
    const store = new InMemory();
    const { page: _, ...old } = await begun(store, bundle, sessionOf("1.0"));
    await keepJob(store, old as never);
    expect((await keptJob(store, sessionOf("1.0")))?.state).toBe("cancelled");
  });
});
