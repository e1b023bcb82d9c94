// Sends records and their class maps to the computer, and goes on where a connection broke: what it has is not sent again.

import type { Journal } from "./journal";

/** Sending does not work now. `over`: only a new link helps; `gone`: tried again; `refused`: the computer's own words. */
export interface Unsent {
  readonly kind: "over" | "gone" | "refused";
  readonly message: string;
}

/** Who hears of it. */
export interface SendingHeard {
  onTaken(run: number): void;
  onUnsent(why: Unsent | null): void;
}

const WITHIN_MS = 20_000;
const BEAT_MS = 1000;
const PAUSES_MS = [500, 1000, 2000, 5000, 10_000, 30_000];

/** Where results go. `url`: of `results/`, with its slash. */
export interface Address {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A job's results on their way. One at a time: `flush` is called between steps, and once more, patiently, at the end. */
export class Sending {
  private isOver = false;
  private last: Promise<void> = Promise.resolve();
  private news: string | null = null;
  private isTelling = false;
  private isHushed = false;

  constructor(
    private readonly address: Address,
    private readonly journal: Journal,
    private readonly maps: (run: number) => Promise<readonly string[]>,
    private readonly heard: SendingHeard,
    private readonly pause: (ms: number) => Promise<void> = (ms) =>
      new Promise((resolve) => setTimeout(resolve, ms)),
    private readonly ask: typeof fetch = (...asked) => fetch(...asked),
  ) {}

  /** Try once to send what is not sent of these runs. Returns whether nothing is left that a further try could send. */
  flush(runs: readonly number[]): Promise<boolean> {
    const next = this.last.then(() => this.tryAll(runs));
    this.last = next.then(() => undefined);
    return next;
  }

  /** Try until all is sent, refused, the link is over, or nobody waits any more. */
  async flushPatiently(runs: readonly number[], signal: AbortSignal): Promise<void> {
    for (let tries = 0; !signal.aborted; tries += 1) {
      if (await this.flush(runs)) return;
      await this.pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]!);
    }
  }

  /** Say how far the job is, at most once a second and one at a time; the latest counts. What does not arrive is not lost. */
  progress(text: string): void {
    this.news = text;
    this.isHushed = false;
    if (!this.isTelling) void this.tell();
  }

  /** Tell nothing until the next word: sending would disturb what is timed now. */
  hush(): void {
    this.isHushed = true;
  }

  private async tell(): Promise<void> {
    this.isTelling = true;
    let failures = 0;
    while (this.news !== null && !this.isOver && !this.isHushed) {
      const text = this.news;
      this.news = null;
      try {
        await this.put("progress.json", text, "application/json");
        failures = 0;
      } catch (error) {
        if (error instanceof Over) this.isNoMore(error);
        failures += 1; // the next one says more
      }
      const least = failures === 0 ? 0 : PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]!;
      await this.pause(Math.max(BEAT_MS, least));
    }
    this.isTelling = false;
  }

  private isNoMore(over: Over): void {
    this.isOver = true;
    this.heard.onUnsent({ kind: "over", message: over.message });
  }

  private async tryAll(runs: readonly number[]): Promise<boolean> {
    const left: number[] = [];
    for (const run of runs) {
      if ((await this.journal.record(run)) !== null && !(await this.journal.isSent(run))) {
        left.push(run);
      }
    }
    if (left.length === 0 || this.isOver) return true;
    try {
      const there = await this.there();
      for (const run of left) await this.send(run, there);
      return true;
    } catch (error) {
      if (error instanceof Over) {
        this.isNoMore(error);
        return true;
      }
      this.heard.onUnsent({ kind: "gone", message: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  private async send(run: number, there: { records: Set<number>; maps: Set<string> }): Promise<void> {
    if (!there.records.has(run)) {
      for (const hash of await this.maps(run)) {
        if (there.maps.has(hash)) continue;
        const runs = await this.journal.map(hash);
        if (!runs) continue; // the record then names a map that is missing, and the computer says so
        const answer = await this.put(`maps/${hash}.runs`, runs, "application/octet-stream");
        if (!answer.ok) return this.refuse(run, answer);
        there.maps.add(hash);
      }
    }
    const text = await this.journal.record(run);
    const answer = await this.put(`${run}.json`, text!, "application/json");
    if (!answer.ok) return this.refuse(run, answer);
    await this.journal.markSent(run, JSON.stringify(answer.said));
    this.heard.onUnsent(null);
    this.heard.onTaken(run);
  }

  private async refuse(run: number, answer: Answered): Promise<void> {
    if (answer.status === 429 || answer.status >= 500)
      throw new Error(`the computer answered ${answer.status}`);
    const { error, hint } = answer.said;
    await this.journal.markSent(run, JSON.stringify(answer.said)); // it will not be taken the next time either
    const sentence = [error, hint].filter((one) => typeof one === "string" && one).join(": ");
    this.heard.onUnsent({ kind: "refused", message: sentence || `the computer answered ${answer.status}` });
  }

  private async there(): Promise<{ records: Set<number>; maps: Set<string> }> {
    const answer = await this.request("GET", "");
    if (answer.status === 404) return { records: new Set(), maps: new Set() };
    if (!answer.ok) throw new Error(`the computer answered ${answer.status}`);
    const { records, maps } = answer.said;
    return {
      records: new Set(
        Array.isArray(records) ? records.filter((one): one is number => Number.isInteger(one)) : [],
      ),
      maps: new Set(Array.isArray(maps) ? maps.filter((one): one is string => typeof one === "string") : []),
    };
  }

  private put(name: string, body: string | Uint8Array, type: string): Promise<Answered> {
    return this.request("PUT", `/${name}`, body, type);
  }

  private async request(
    method: string,
    name: string,
    body?: string | Uint8Array,
    type?: string,
  ): Promise<Answered> {
    const answer = await this.ask(`${this.address.url}${this.journal.job}${name}`, {
      method,
      headers: { ...this.address.headers, ...(type ? { "Content-Type": type } : {}) },
      body: (body as BodyInit | undefined) ?? null,
      cache: "no-store",
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    if (answer.status === 401) throw new Over("this link is over: open the one that the computer shows now");
    // an answer that is not read to its end shows as an aborted one
    return { ok: answer.ok, status: answer.status, said: await said(answer) };
  }
}

interface Answered {
  readonly ok: boolean;
  readonly status: number;
  readonly said: Record<string, unknown>;
}

class Over extends Error {}

async function said(answer: Response): Promise<Record<string, unknown>> {
  try {
    const found: unknown = await answer.json();
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
