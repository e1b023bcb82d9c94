// How runs end: each with a record, be it of what was measured or of why it was not; known again by a page that goes on.

import { writeRecord } from "../contract/record_document";
import type { RecordDocument } from "../contract/record_parts";
import { reasonOf } from "../contract/texts";
import { writeBest } from "./best_kept";
import type { Course } from "./course";
import type { Driving } from "./driving";
import type { JobRun } from "./job_run";
import { recordOf, recordOfEnded } from "./record_maker";

/** Write the record of a run that dropped out. */
export async function endEarly(it: Driving, course: Course, run: JobRun): Promise<void> {
  await keep(it, course, run, recordOfEnded(it.making, run));
}

/** Write the records of all that were measured. */
export async function endAll(it: Driving, course: Course): Promise<void> {
  const best = course.best();
  for (const run of course.runs) {
    if (run.isRecorded || !run.judged || !best) continue; // what dropped out has its record
    try {
      const document = recordOf(it.making, run, best, course.firstPassS ?? 0);
      await keep(it, course, run, document);
      run.state = "ok";
      run.verdict = document.verdict && {
        kind: document.verdict.verdict,
        reasons: document.verdict.reasons,
      };
    } catch (error) {
      run.drop("failed", `what it answered makes no record: ${reasonOf(error)}`);
      await endEarly(it, course, run);
    }
    course.say();
  }
  // of what is only told again the yardstick was kept when it was measured
  if (best && course.hasMeasured) await writeBest(it.store, it.making.yardstick, best);
}

async function keep(it: Driving, course: Course, run: JobRun, document: RecordDocument): Promise<void> {
  const text = writeRecord(document);
  await it.journal.addRecord(run.place, text);
  run.isRecorded = true;
  it.listener.onRecord(run.place, text);
  void it.sending?.flush(course.runs.map(({ place }) => place));
}

/** Know again which runs have their records from an earlier opening of the page. */
export async function restore(it: Driving, course: Course): Promise<void> {
  for (const run of course.runs) {
    const text = await it.journal.record(run.place);
    if (text === null) continue;
    run.isRecorded = true;
    const { status, reason, verdict, verdict_reasons } = JSON.parse(text) as {
      status: "ok" | "refused" | "failed";
      reason: string;
      verdict: "VALID" | "UNSTABLE" | "INVALID" | null;
      verdict_reasons: readonly string[];
    };
    if (status === "ok") run.state = "ok";
    else run.drop(status, reason);
    run.verdict = verdict && { kind: verdict, reasons: verdict_reasons };
    it.listener.onRecord(run.place, text);
  }
}
