// Records on their way to the computer: offline and back, a link that is over, words of refusal, nothing sent twice.

import { describe, expect, test } from "vitest";
import { Journal } from "../../src/run/journal";
import { mapsOf } from "../../src/run/results_zip";
import { Sending, type Unsent } from "../../src/run/sending";
import { InMemory } from "../../src/run/store";
import { JOB, JobByHand } from "./_job";

/** A computer that answers by hand. */
class Computer {
  up = true;
  status = 201;
  body = '{"row":{}}';
  breaksAfter = Number.POSITIVE_INFINITY;
  readonly asked: string[] = [];
  readonly files = new Map<string, string>();

  readonly fetch: typeof fetch = async (url, options) => {
    const { method = "GET", headers } = options ?? {};
    const name = String(url).replace("http://computer/results/", "");
    if (!this.up || this.asked.length >= this.breaksAfter) throw new TypeError("Failed to fetch");
    this.asked.push(`${method} ${name.replace(JOB, "JOB")}`);
    expect((headers as Record<string, string>).Authorization).toBe("Bearer token");
    if (this.status !== 201) return new Response(this.body, { status: this.status });
    if (method === "GET") {
      const names = [...this.files.keys()];
      if (names.length === 0) return new Response("{}", { status: 404 });
      const records = names.filter((one) => /\/\d\.json$/.test(one)).map((one) => Number(one.at(-6)));
      const maps = names.filter((one) => one.includes("/maps/")).map((one) => one.slice(-69, -5));
      return Response.json({ records, maps });
    }
    this.files.set(name, String(options?.body));
    return new Response(this.body, { status: 201 });
  };
}

async function measured(): Promise<JobByHand> {
  const job = new JobByHand();
  await job.driver.run();
  return job;
}

function sendingOf(job: JobByHand, computer: Computer, pause: () => Promise<void> = async () => undefined) {
  const taken: number[] = [];
  const unsent: (Unsent | null)[] = [];
  const sending = new Sending(
    { url: "http://computer/results/", headers: { Authorization: "Bearer token" } },
    job.journal,
    async (run) => mapsOf((await job.journal.record(run)) ?? "{}"),
    { onTaken: (run) => taken.push(run), onUnsent: (why) => unsent.push(why) },
    pause,
    computer.fetch,
  );
  return { sending, taken, unsent };
}

describe("sending", () => {
  test("sends class maps before the record that names them, each once", async () => {
    const job = await measured();
    const computer = new Computer();
    const { sending, taken } = sendingOf(job, computer);
    expect(await sending.flush([0, 1])).toBe(true);
    expect(taken).toEqual([0, 1]);
    const puts = computer.asked.filter((one) => one.startsWith("PUT"));
    expect(puts.filter((one) => one.includes("/maps/"))).toHaveLength(3); // both files give the same three maps
    expect(puts.indexOf("PUT JOB/0.json")).toBe(3);
    expect(computer.files.get(`${JOB}/0.json`)).toBe(job.records.get(0));
    computer.asked.length = 0;
    await sending.flush([0, 1]);
    expect(computer.asked).toEqual([]);
  });

  test("goes on once the computer is back, from where it was", async () => {
    const job = await measured();
    const computer = new Computer();
    computer.breaksAfter = 3;
    const { sending, taken, unsent } = sendingOf(job, computer, async () => {
      computer.breaksAfter = Number.POSITIVE_INFINITY;
    });
    await sending.flushPatiently([0, 1], new AbortController().signal);
    expect(unsent[0]).toMatchObject({ kind: "gone" });
    expect(unsent.at(-1)).toBeNull();
    expect(taken).toEqual([0, 1]);
    const maps = computer.asked.filter((one) => one.includes("/maps/"));
    expect(new Set(maps).size).toBe(maps.length);
  });

  test("does not send a record again that the computer has, though the page did not hear so", async () => {
    const job = await measured();
    const computer = new Computer();
    await sendingOf(job, computer).sending.flush([0, 1]);
    await job.store.remove(await job.store.keys(`job/${JOB}/sent/`));
    computer.asked.length = 0;
    const { sending, taken } = sendingOf(job, computer);
    await sending.flush([0, 1]);
    expect(taken).toEqual([0, 1]);
    expect(computer.asked.filter((one) => one.includes("/maps/"))).toEqual([]);
  });

  test("says that a link is over, keeps what it has, and asks no more", async () => {
    const job = await measured();
    const computer = new Computer();
    computer.status = 401;
    const { sending, taken, unsent } = sendingOf(job, computer);
    await sending.flushPatiently([0, 1], new AbortController().signal);
    expect(unsent).toEqual([{ kind: "over", message: expect.stringContaining("link is over") }]);
    const asked = computer.asked.length;
    await sending.progress("{}");
    await sending.flush([0, 1]);
    expect(computer.asked).toHaveLength(asked);
    expect(taken).toEqual([]);
    computer.status = 201;
    const anew = sendingOf(job, computer);
    await anew.sending.flush([0, 1]);
    expect(anew.taken).toEqual([0, 1]);
  });

  test("says the computer's own words for a record that it does not take, and does not insist", async () => {
    const job = await measured();
    const computer = new Computer();
    const { sending, unsent } = sendingOf(job, computer);
    await sending.flush([0]);
    computer.status = 201;
    const refusing = sendingOf(job, computer);
    const real = computer.fetch;
    const answers: typeof fetch = async (url, options) =>
      String(url).endsWith("1.json")
        ? Response.json({ error: "the record is damaged", hint: "measure again" }, { status: 422 })
        : real(url, options);
    const other = new Sending(
      { url: "http://computer/results/", headers: { Authorization: "Bearer token" } },
      job.journal,
      async () => [],
      { onTaken: () => undefined, onUnsent: (why) => refusing.unsent.push(why) },
      async () => undefined,
      answers,
    );
    expect(await other.flush([0, 1])).toBe(true);
    expect(refusing.unsent.at(-1)).toEqual({
      kind: "refused",
      message: "the record is damaged: measure again",
    });
    expect(unsent).toEqual([null]);
  });

  test("tries again where the computer is busy or fails", async () => {
    const job = await measured();
    const computer = new Computer();
    computer.status = 503;
    const { sending, taken } = sendingOf(job, computer, async () => {
      computer.status = 201;
    });
    await sending.flushPatiently([0, 1], new AbortController().signal);
    expect(taken).toEqual([0, 1]);
  });

  test("a job ends though nobody can be reached, and a later opening of the page sends what is left", async () => {
    const table = new Map<string, unknown>();
    const computer = new Computer();
    computer.up = false;
    const journal = new Journal(new InMemory(table, true), JOB);
    const make = (taken: number[]) =>
      new Sending(
        { url: "http://computer/results/", headers: { Authorization: "Bearer token" } },
        journal,
        async (run) => mapsOf((await journal.record(run)) ?? "{}"),
        { onTaken: (run) => taken.push(run), onUnsent: () => undefined },
        async () => undefined,
        computer.fetch,
      );
    const job = new JobByHand(undefined, undefined, table, { sending: make([]) });
    expect((await job.driver.run()).state).toBe("finished");
    computer.up = true;
    const taken: number[] = [];
    await make(taken).flush([0, 1]);
    expect(taken).toEqual([0, 1]);
    const maps = [...computer.files].filter(([name]) => name.includes("/maps/"));
    expect(maps.length).toBeGreaterThan(0);
    for (const [name] of maps) expect(name).toMatch(/maps\/[0-9a-f]{64}\.runs$/);
  });

  test("tells how far it is one at a time, the latest alone of what came meanwhile, and the last for sure", async () => {
    const job = await measured();
    const told: string[] = [];
    let under = 0;
    let most = 0;
    const pauses: number[] = [];
    const sending = new Sending(
      { url: "http://computer/results/", headers: {} },
      job.journal,
      async () => [],
      { onTaken: () => undefined, onUnsent: () => undefined },
      async (ms) => {
        pauses.push(ms);
        await new Promise((resolve) => setTimeout(resolve, 1));
      },
      async (_, options) => {
        expect(options?.signal?.aborted).toBe(false);
        most = Math.max(most, ++under);
        await new Promise((resolve) => setTimeout(resolve, 5));
        under -= 1;
        told.push(String(options?.body));
        return Response.json({});
      },
    );
    for (let text = 0; text < 100; text += 1) {
      sending.progress(String(text));
      if (text % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(most).toBe(1);
    expect(told.length).toBeLessThan(20);
    expect(told.at(-1)).toBe("99");
    expect(pauses).toEqual(told.map(() => 1000));
  });

  test("tells nothing while a turn is timed, and the latest once it is over", async () => {
    const job = await measured();
    const told: string[] = [];
    const sending = new Sending(
      { url: "http://computer/results/", headers: {} },
      job.journal,
      async () => [],
      { onTaken: () => undefined, onUnsent: () => undefined },
      () => new Promise((resolve) => setTimeout(resolve, 5)),
      async (_, options) => {
        told.push(String(options?.body));
        return Response.json({});
      },
    );
    const waited = () => new Promise((resolve) => setTimeout(resolve, 30));
    sending.progress("opening");
    sending.progress("warming up");
    sending.hush();
    await waited();
    expect(told).toEqual(["opening"]);
    sending.progress("over");
    await waited();
    expect(told).toEqual(["opening", "over"]);
  });

  test("asks no more once a link is over, and seldom while nobody answers", async () => {
    const job = await measured();
    const pauses: number[] = [];
    const unsent: (Unsent | null)[] = [];
    let status = 0;
    let asked = 0;
    const sending = new Sending(
      { url: "http://computer/results/", headers: {} },
      job.journal,
      async () => [],
      { onTaken: () => undefined, onUnsent: (why) => unsent.push(why) },
      async (ms) => {
        pauses.push(ms);
        sending.progress("more");
        if (pauses.length === 4) status = 401;
      },
      async () => {
        asked += 1;
        if (status === 0) throw new TypeError("Failed to fetch");
        return new Response("", { status });
      },
    );
    sending.progress("first");
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(pauses.slice(0, 4)).toEqual([1000, 2000, 5000, 10_000]);
    expect(asked).toBe(5);
    expect(unsent).toEqual([{ kind: "over", message: expect.stringContaining("link is over") }]);
  });
});
