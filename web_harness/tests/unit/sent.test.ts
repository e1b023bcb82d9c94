// Answers of a computer that takes nothing just now, and who gets the link's token: bundle/ and results/, and nobody else.

import { afterEach, describe, expect, test, vi } from "vitest";
import { sha256 } from "../../src/contract/hashes";
import { reachOf } from "../../src/run/reach";
import { mapsOf } from "../../src/run/results_zip";
import { Sending, type Unsent } from "../../src/run/sending";
import { bundleOf, JOB, JobByHand } from "./_job";

afterEach(() => vi.unstubAllGlobals());

/** Send the record of a job to a computer that answers so to its first PUT whose name fits. */
async function sent(fits: RegExp, status: number, body = "{}") {
  const job = new JobByHand(undefined, bundleOf({ passes: 5 }, 1));
  await job.driver.run();
  const unsent: (Unsent | null)[] = [];
  const taken: number[] = [];
  const puts: string[] = [];
  let times = 0;
  const sending = new Sending(
    { url: "http://computer/results/", headers: {} },
    job.journal,
    async (run) => mapsOf((await job.journal.record(run)) ?? "{}"),
    { onTaken: (run) => taken.push(run), onUnsent: (why) => unsent.push(why) },
    async () => undefined,
    async (url, options) => {
      if (options?.method === "GET") return new Response("{}", { status: 404 });
      puts.push(String(url));
      return fits.test(String(url)) && times++ === 0
        ? new Response(body, { status })
        : new Response("{}", { status: 201 });
    },
  );
  return { job, sending, taken, unsent, puts };
}

describe.each([
  ["a record", /0\.json$/],
  ["a class map", /\.runs$/],
])("%s that the computer does not take", (_, fits) => {
  test.each([429, 500, 503])("just now (%i) is not refused: it is sent again", async (status) => {
    const it = await sent(fits, status);
    expect(await it.sending.flush([0])).toBe(false);
    expect(it.unsent).toEqual([{ kind: "gone", message: `the computer answered ${status}` }]);
    expect(await it.job.journal.isSent(0)).toBe(false);
    expect(await it.sending.flush([0])).toBe(true);
    expect(it.taken).toEqual([0]);
    expect(it.unsent.at(-1)).toBeNull();
  });

  test.each([400, 409, 413, 422])("ever (%i) is not sent again", async (status) => {
    const it = await sent(fits, status, '{"error": "no", "hint": "measure again"}');
    expect(await it.sending.flush([0])).toBe(true);
    expect(it.unsent).toEqual([{ kind: "refused", message: "no: measure again" }]);
    const puts = it.puts.length;
    expect(await it.sending.flush([0])).toBe(true);
    expect([it.puts.length, it.taken]).toEqual([puts, []]);
  });
});

test("a computer that cannot say what it has is asked again later, and sent nothing meanwhile", async () => {
  const it = await sent(/never/, 0);
  const asked: string[] = [];
  const sending = new Sending(
    { url: "http://computer/results/", headers: {} },
    it.job.journal,
    async () => [],
    { onTaken: () => undefined, onUnsent: (why) => it.unsent.push(why) },
    async () => undefined,
    async (_, options) => {
      asked.push(options!.method!);
      return new Response("{}", { status: 403 });
    },
  );
  expect(await sending.flush([0])).toBe(false);
  expect(asked).toEqual(["GET"]);
  expect(it.unsent).toEqual([{ kind: "gone", message: "the computer answered 403" }]);
});

describe("what is sent", () => {
  /** Send a job's record to a computer by hand: what it is asked, its answers, and how many it hears at once. */
  async function heard(said: object, change: (job: JobByHand) => Promise<void> = async () => undefined) {
    const { job } = await sent(/never/, 0);
    await change(job);
    const asked: string[] = [];
    const caches = new Set<unknown>();
    let under = 0;
    let most = 0;
    const sending = new Sending(
      { url: "http://computer/results/", headers: {} },
      job.journal,
      async (run) => mapsOf((await job.journal.record(run)) ?? "{}"),
      { onTaken: () => undefined, onUnsent: () => undefined },
      async () => undefined,
      async (url, options) => {
        most = Math.max(most, ++under);
        asked.push(
          `${options!.method} ${String(url)
            .split("/")
            .slice(-1)[0]!
            .replace(/^\w{32,64}/, "HASH")}`,
        );
        caches.add(options!.cache);
        await new Promise((resolve) => setTimeout(resolve, 1));
        under -= 1;
        return options!.method === "GET" ? Response.json(said) : new Response("{}", { status: 201 });
      },
    );
    return { sending, asked, caches, most: () => most };
  }

  test("is a record without a class map that is gone: the computer says what that means", async () => {
    const it = await heard({}, async ({ store }) => store.remove(await store.keys(`job/${JOB}/map/`)));
    expect(await it.sending.flush([0])).toBe(true);
    expect(it.asked).toEqual(["GET HASH", "PUT 0.json"]);
  });

  test("is no class map of a record that the computer has", async () => {
    const it = await heard({ records: [0], maps: [] });
    await it.sending.flush([0]);
    expect(it.asked).toEqual(["GET HASH", "PUT 0.json"]);
  });

  test("is all of it where the computer says what cannot be read of what it has", async () => {
    const it = await heard({ records: "all", maps: { a: 1 } });
    await it.sending.flush([0]);
    expect(it.asked).toEqual(["GET HASH", ...Array(3).fill("PUT HASH.runs"), "PUT 0.json"]);
  });

  test("goes one at a time, once, and past every cache, however often it is asked for", async () => {
    const it = await heard({});
    await Promise.all([it.sending.flush([0]), it.sending.flush([0]), it.sending.flush([0])]);
    expect(it.most()).toBe(1);
    expect(it.asked.filter((one) => one === "PUT 0.json")).toHaveLength(1);
    expect([...it.caches]).toEqual(["no-store"]);
  });

  test("is nothing where nobody waits any more", async () => {
    const it = await heard({});
    await it.sending.flushPatiently([0], AbortSignal.abort());
    expect(it.asked).toEqual([]);
  });
});

describe("the link's token", () => {
  const TOKEN = "abcdefghijklmnop_0123456789";
  const HASH = sha256(new Uint8Array(1));
  const SESSION = {
    schema_version: "1.0",
    mode: "serve",
    bundle: HASH,
    bundle_url: "bundle/",
    results_url: "results/",
    runtimes: { ort: "runtimes/ort/", litert: "runtimes/litert/" },
    program_version: "0.1.0",
    commit: null,
  };

  test("goes to bundle/ and no other place while the page opens, and leaves the address bar", async () => {
    const asked: { readonly url: string; readonly headers: unknown }[] = [];
    const shown: unknown[] = [];
    vi.stubGlobal("document", { baseURI: "http://computer/index.html" });
    vi.stubGlobal("location", { hash: `#token=${TOKEN}`, pathname: "/", search: "" });
    vi.stubGlobal("history", { replaceState: (...args: unknown[]) => shown.push(args[2]) });
    vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => undefined });
    vi.stubGlobal("addEventListener", () => undefined);
    vi.stubGlobal("fetch", async (url: string, { headers }: RequestInit = {}) => {
      asked.push({ url, headers });
      return url === "session.json" ? Response.json(SESSION) : new Response("", { status: 502 });
    });
    const { connect } = await import("../../src/app/real");
    const parts = await connect();
    await expect(parts.open(() => undefined)).rejects.toThrow();
    expect(asked).toEqual([
      { url: "session.json", headers: undefined },
      { url: "http://computer/bundle/bundle.json", headers: { Authorization: `Bearer ${TOKEN}` } },
    ]);
    expect(shown).toEqual(["/"]);
  });

  test("does not go along where the page looks whether its host is there", async () => {
    const asked: (RequestInit | undefined)[] = [];
    const reach = reachOf("http://computer/session.json", async (_, options) => {
      asked.push(options);
      return new Response("{}");
    });
    expect(await reach.isThere()).toBe(true);
    expect(asked[0]!.headers).toBeUndefined();
  });

  test("goes with everything that is asked of results/, beside the type of what is sent", async () => {
    const { job } = await sent(/never/, 0);
    const asked: [string, unknown][] = [];
    const sending = new Sending(
      { url: "http://computer/results/", headers: { Authorization: `Bearer ${TOKEN}` } },
      job.journal,
      async (run) => mapsOf((await job.journal.record(run)) ?? "{}"),
      { onTaken: () => undefined, onUnsent: () => undefined },
      async () => undefined,
      async (url, options) => {
        asked.push([String(url).replace(/[0-9a-f]{64}/, "HASH"), options?.headers]);
        return new Response("{}", { status: options?.method === "GET" ? 404 : 201 });
      },
    );
    sending.progress("{}");
    await sending.flush([0]);
    const Authorization = `Bearer ${TOKEN}`;
    const here = `http://computer/results/${JOB}`;
    const bytes = { Authorization, "Content-Type": "application/octet-stream" };
    const json = { Authorization, "Content-Type": "application/json" };
    expect(asked).toContainEqual([`${here}/progress.json`, json]);
    expect(asked.filter(([url]) => !url.endsWith("progress.json"))).toEqual([
      [here, { Authorization }],
      ...Array(3).fill([`${here}/maps/HASH.runs`, bytes]),
      [`${here}/0.json`, json],
    ]);
  });
});
