// Which file takes its turn when: each file's first turn, passes over all, further ones for those that have not enough.

import { orderOf } from "../method/orders";
import { isEnough } from "../method/statistics";
import type { StepKind } from "../worker/messages";
import type { Course } from "./course";
import type { JobEffort } from "./effort";
import type { JobRun } from "./job_run";
import type { Journal } from "./journal";

/** Take a run's next step. */
export type Take = (run: JobRun, kind: StepKind, number: number) => Promise<void>;

/** Take all steps that the plan holds; docs/method.md, "Turns and passes". */
export async function takeAll(
  course: Course,
  effort: JobEffort,
  journal: Journal,
  take: Take,
): Promise<void> {
  course.stepsPlanned = course.planned * course.runs.filter((run) => run.isLive).length;
  for (const run of course.runs) await take(run, "first", 0);
  for (let number = 1; number < course.planned; number += 1) await pass(course, number, course.runs, take);
  if (course.job.passes > 1) await further(course, effort, journal, take);
}

/** Let those that have not enough go on, until the ceiling. */
async function further(course: Course, effort: JobEffort, journal: Journal, take: Take): Promise<void> {
  const going = () => course.runs.filter((run) => !run.isRecorded);
  const longestS = effort.ceiling_s + effort.further_file_s * (going().length - 1);
  const startS = course.nowS();
  for (let number = course.planned; number < effort.most_passes; number += 1) {
    const wanting = going().filter((run) => !hasEnough(course, run));
    const isBegun = await wasBegun(course.runs, journal, number);
    if (!isBegun && (wanting.length === 0 || course.nowS() - startS >= longestS)) return;
    course.furtherUntilS = startS + longestS;
    await pass(course, number, wanting, take);
  }
}

async function pass(course: Course, number: number, wanted: readonly JobRun[], take: Take): Promise<void> {
  for (const place of orderOf(course.job.seed, number, course.runs.length)) {
    const run = course.runs[place]!;
    if (wanted.includes(run)) await take(run, "turn", number);
  }
}

async function wasBegun(runs: readonly JobRun[], journal: Journal, number: number): Promise<boolean> {
  for (const run of runs) if ((await journal.step(run.place, number))?.outcome) return true;
  return false;
}

function hasEnough(course: Course, run: JobRun): boolean {
  const best = course.best();
  return best !== null && isEnough(run.turns, best.reading, run.threads);
}
