// What came back of a page, as Python finds it on the computer: the table's rows, agreement computed anew.

import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { patient } from "./_patience";
import { told } from "./_told";

export interface Came {
  readonly job: string | null;
  readonly run: number;
  readonly file: string;
  readonly precision: string;
  readonly kind: string;
  readonly status: string;
  readonly reason: string;
  readonly verdict: string | null;
  readonly verdict_reasons: readonly string[];
  readonly golden: string | null;
  readonly golden_reason: string | null;
  readonly photos: number;
  readonly agreement: number;
  readonly worst: number;
  readonly p50_ms: number | null;
  readonly p50_all_ms: number | null;
  readonly turns: number;
  readonly threads: number | null;
  readonly build: string | null;
  readonly step_ms: number | null;
  readonly row: string | null;
  readonly row_kind: string | null;
  readonly row_miou: number | null;
  readonly row_verdict: string | null;
  readonly where: string | null;
}

/** Run a program of this checkout's Python; return what it prints. */
export async function python(words: readonly string[]): Promise<string> {
  const done = await promisify(execFile)(told().python, [...words], {
    cwd: told().checkout,
    maxBuffer: 1 << 26,
    timeout: patient(60_000),
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  return done.stdout;
}

/** Return what lies in the table and among the results of `out`. */
export async function came(out: string, bundle: string): Promise<Came[]> {
  return (await cameOfEach([out], bundle))[0] as Came[];
}

/** Return it of several folders: Python starts once. */
export async function cameOfEach(outs: readonly string[], bundle: string): Promise<Came[][]> {
  return JSON.parse(await python(["-m", "scripts.web", "came", bundle, ...outs])) as Came[][];
}

/** Return a new folder for a test; `make test-web` removes it at its end. */
export function scratch(): string {
  return mkdtempSync(join(told().scratch, "test-"));
}

/** Say a measured fact where `make test-web` picks it up. */
export function measuredFact(text: string): void {
  process.stdout.write(`measured: ${text}\n`);
}

/** Say what this computer cannot show, and why, where `make test-web` picks it up. */
export function notVerified(why: string): void {
  process.stdout.write(`NOT VERIFIED: ${why}\n`);
}

/** The least share of pixels on which a file must be as on the desktop. */
export function leastAgreement(precision: string): number {
  return precision === "w8a8" ? 0.995 : 0.999;
}
