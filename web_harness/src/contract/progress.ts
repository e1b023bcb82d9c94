// How far a job is, as progress.json says it; docs/bundle.md, "Results".

import { writeJson } from "./json_writer";
import { now } from "./moment";
import { reasonText } from "./texts";

export interface Progress {
  readonly job: string;
  readonly bundle: string;
  readonly state: "running" | "finished" | "refused" | "failed";
  readonly run: number;
  readonly runs: number;
  readonly phase: string;
  readonly reason: string | null;
}

/** Return progress.json. */
export function writeProgress(it: Progress): string {
  return writeJson({
    schema_version: "1.0",
    job: it.job,
    bundle: it.bundle,
    state: it.state,
    run: it.run,
    runs: it.runs,
    phase: reasonText(it.phase),
    reason: it.reason === null ? null : reasonText(it.reason),
    at: now(),
  });
}
