// A job's journal: what was asked, what was answered, or how it ended without. A page that is opened again goes on by it.

import type { Answer, StepKind } from "../worker/messages";
import { readAnswer } from "./answers";
import type { Store } from "./store";

/** How often a step may take the page down with it until its run has failed. */
export const MOST_CRASHES = 2;

/** The form of what is kept; another form is another journal. */
export const JOURNAL_FORM = 2;

/** One step of the job, as it is kept. Times in seconds since the job began. */
export interface KeptStep {
  readonly run: number;
  readonly kind: StepKind;
  readonly number: number;
  readonly began_s: number;
  /** Which opening of the page began it, and how many openings ended in the middle of it, nobody knows why. */
  readonly page: string;
  readonly crashes: number;
  readonly outcome: Outcome | null;
}

/** What became of a step. `maps`: the hash of each photo's class map, and of the first photo's second one. */
export type Outcome =
  | {
      readonly came: "answer";
      readonly answer: Answer;
      readonly foreground: boolean;
      readonly maps: { readonly hashes: readonly string[]; readonly again: string } | null;
    }
  | { readonly came: "nothing"; readonly why: string };

/** What a job is: `started_at_ms` since 1970; `page`: the version of the page that began it. */
export interface KeptJob {
  readonly job: string;
  readonly bundle: string;
  readonly started_at_ms: number;
  readonly state: "running" | "finished" | "cancelled" | "failed";
  readonly page: string;
}

/** One job's entries in a store. */
export class Journal {
  constructor(
    private readonly store: Store,
    readonly job: string,
  ) {}

  async step(run: number, number: number): Promise<KeptStep | null> {
    return readStep(await this.store.get(this.key(run, number)));
  }

  /** Keep that a step begins: it is there before its worker is, so that the next opening of the page finds it. */
  async begin(run: number, kind: StepKind, number: number, began_s: number, page: string): Promise<void> {
    const earlier = await this.step(run, number);
    const crashes = earlier?.crashes ?? 0;
    await this.write({ run, kind, number, began_s, page, crashes, outcome: null });
  }

  async end(run: number, number: number, outcome: Outcome): Promise<void> {
    const asked = await this.step(run, number);
    if (asked) await this.write({ ...asked, outcome });
  }

  /**
   * Judge what an earlier opening of the page left in the middle.
   *
   * `leaving`: those openings that said good-bye, as a reload does: their steps are simply still to do. A step that took
   * the page down without a word is to do once more, and has failed after that.
   */
  async judge(page: string, leaving: readonly string[]): Promise<void> {
    for (const key of await this.store.keys(`job/${this.job}/step/`)) {
      const kept = readStep(await this.store.get(key));
      if (!kept || kept.outcome || kept.page === page || leaving.includes(kept.page)) continue;
      const crashes = kept.crashes + 1;
      const outcome: Outcome | null =
        crashes >= MOST_CRASHES
          ? {
              came: "nothing",
              why: `the page ended ${crashes} times while it ran this file, and the browser does not tell it why: it may have used too much memory`,
            }
          : null;
      await this.store.put(key, { ...kept, crashes, page, outcome } satisfies KeptStep);
    }
  }

  /** Return the last moment that is known, in the job's seconds: a job that goes on counts on from there. */
  async lastBeganS(): Promise<number> {
    let last = 0;
    for (const key of await this.store.keys(`job/${this.job}/step/`)) {
      last = Math.max(last, readStep(await this.store.get(key))?.began_s ?? 0);
    }
    return last;
  }

  async addMap(sha256: string, runs: Uint8Array): Promise<void> {
    await this.store.put(`job/${this.job}/map/${sha256}`, runs);
  }

  async map(sha256: string): Promise<Uint8Array | null> {
    const found = await this.store.get(`job/${this.job}/map/${sha256}`);
    return found instanceof Uint8Array ? found : null;
  }

  async addRecord(run: number, text: string): Promise<void> {
    await this.store.put(`job/${this.job}/record/${run}`, text);
  }

  async record(run: number): Promise<string | null> {
    const found = await this.store.get(`job/${this.job}/record/${run}`);
    return typeof found === "string" ? found : null;
  }

  /** Keep what the computer said of a record, that it took it or never will, so that it is not sent again. */
  async markSent(run: number, said: string): Promise<void> {
    await this.store.put(`job/${this.job}/sent/${run}`, said);
  }

  async isSent(run: number): Promise<boolean> {
    return typeof (await this.store.get(`job/${this.job}/sent/${run}`)) === "string";
  }

  private key(run: number, number: number): string {
    return `job/${this.job}/step/${run}-${number}`;
  }

  private async write(step: KeptStep): Promise<void> {
    await this.store.put(this.key(step.run, step.number), step);
  }
}

/** Return a kept step; null for what is none, as of another version of the page: it is then still to do. */
function readStep(value: unknown): KeptStep | null {
  if (typeof value !== "object" || value === null) return null;
  const step = value as KeptStep;
  const isOne =
    Number.isInteger(step.run) &&
    Number.isInteger(step.number) &&
    Number.isFinite(step.began_s) &&
    typeof step.page === "string" &&
    Number.isInteger(step.crashes);
  if (!isOne) return null;
  if (step.outcome?.came !== "answer") return step;
  try {
    const answer = readAnswer(step.outcome.answer);
    return { ...step, outcome: { ...step.outcome, answer } };
  } catch {
    return { ...step, outcome: null };
  }
}
