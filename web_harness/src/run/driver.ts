// Runs a job: each file's first turn with its class maps, passes over all files, then the records; docs/method.md.
//
// It opens no runtime itself: its launcher does each step in a worker, and a step that ends its worker takes nothing along
// but itself. A job that is opened again with its id goes on where it was; what has its record is not run again.

import { reasonOf } from "../contract/texts";
import type { StepKind } from "../worker/messages";
import { readBest } from "./best_kept";
import { Course } from "./course";
import { type Driving, Stop } from "./driving";
import { endAll, endEarly, restore } from "./ends";
import type { JobRun } from "./job_run";
import { takeAll } from "./passes";
import type { JobSeen } from "./seen";
import { Steps } from "./steps";

export class Driver {
  private readonly course: Course;
  private readonly steps: Steps;

  constructor(private readonly it: Driving) {
    this.course = new Course(it);
    this.steps = new Steps(it, this.course);
  }

  /** End it: what is finished is kept and sent. */
  cancel(): void {
    this.course.over.abort();
    this.steps.abort();
  }

  /** Stop here, as another tab of this browser goes on with it. */
  leave(): void {
    this.course.isLeft = true;
    this.cancel();
  }

  /** Run it to its end; return what is known then. Never throws for what a file, a worker or a server does. */
  async run(): Promise<JobSeen> {
    const { it, course } = this;
    try {
      course.keptBest = await readBest(it.store, it.making.yardstick, it.clock.epochMs());
      await restore(it, course);
      course.say("begins");
      let stop: Stop | null = null;
      try {
        await takeAll(course, it.effort, it.journal, (run, kind, number) => this.take(run, kind, number));
      } catch (error) {
        if (!(error instanceof Stop)) throw error;
        stop = error;
      }
      if (stop?.state === "left") {
        course.end("cancelled", stop.message);
      } else {
        await endAll(it, course);
        course.end(stop?.state ?? "finished", stop?.message ?? "");
      }
    } catch (error) {
      course.end("failed", reasonOf(error));
    }
    return course.seen();
  }

  /** Return how far it is. */
  seen(): JobSeen {
    return this.course.seen();
  }

  /** Take a run's next step, or what an earlier opening of the page has of it. Throws Stop. */
  private async take(run: JobRun, kind: StepKind, number: number): Promise<void> {
    if (!run.isLive) return;
    const { it, course, steps } = this;
    const kept = await it.journal.step(run.place, number);
    const known = kept?.outcome ? await steps.known(run, kind, kept) : null;
    if (!known && run.isRecorded) return;
    const { outcome, taken, began_s } = known ?? (await steps.take(run, kind, number));
    course.firstPassS ??= began_s;
    run.take(kind, number, outcome, began_s, course.firstPassS);
    if (run.isLive && kind === "first" && taken) {
      try {
        run.judged = taken.judge(run.session!.accelerator);
      } catch (error) {
        run.drop("failed", `in its first turn: ${reasonOf(error)}`);
      }
    }
    if (run.isLive) run.state = run.isRecorded ? "ok" : "measuring";
    else if (!run.isRecorded) await endEarly(it, course, run);
    course.done(run);
  }
}
