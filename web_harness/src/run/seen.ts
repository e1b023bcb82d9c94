// What the page is told while a job runs: by run/, for app/. Nothing else of a job reaches the screen.

import type { ClassMap } from "../pixels/arrays";

export type RunState = "waiting" | "opening" | "checking" | "measuring" | "ok" | "refused" | "failed";
export type JobState = "running" | "paused" | "finished" | "cancelled" | "refused" | "failed";

/** One file's row as far as it is known; null: not yet, or not to be known here. */
export interface RowSeen {
  readonly run: number;
  readonly file: string;
  readonly state: RunState;
  readonly reason: string;
  readonly backend: string | null;
  readonly threads: number | null;
  readonly turns: number;
  readonly turns_planned: number;
  readonly p50_ms: number | null;
  readonly p50_low_ms: number | null;
  readonly p50_high_ms: number | null;
  readonly miou: number | null;
  readonly golden: "passed" | "failed" | "not checked" | null;
  /** Of a golden check that did not pass; empty where it did. */
  readonly golden_reason?: string;
  readonly agreement: number | null;
  readonly verdict: "VALID" | "UNSTABLE" | "INVALID" | null;
  readonly verdict_reasons: readonly string[];
}

/** How far the whole job is. `paused_because`: of what it waits for, e.g. that the page is hidden. */
export interface JobSeen {
  readonly job: string;
  readonly state: JobState;
  readonly reason: string;
  readonly phase: string;
  readonly steps_done: number;
  readonly steps_planned: number;
  readonly seconds_left: number | null;
  /** For how long it goes on at most beyond what was planned, as times are not steady; null while it is in the plan. */
  readonly further_left_s?: number | null;
  readonly rows: readonly RowSeen[];
}

/** What app/ gives to run/ to hear of it. Maps come photo by photo, as a file's are checked. */
export interface Listener {
  onJob(seen: JobSeen): void;
  onMap(run: number, photo: number, map: ClassMap): void;
  /** A record is finished, sealed: its text, as it is stored and sent. */
  onRecord(run: number, text: string): void;
}

/** A job that goes on in the background. */
export interface RunningJob {
  readonly job: string;
  cancel(): void;
  readonly ended: Promise<JobSeen>;
}
