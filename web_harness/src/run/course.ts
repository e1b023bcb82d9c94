// How far a job is: its time, its counts, what it waits for; told to the page at once and to the computer now and then.

import { writeProgress } from "../contract/progress";
import { type Best, bestOf } from "./best_kept";
import { type Driving, Stop } from "./driving";
import { JobRun } from "./job_run";
import { rowOf } from "./rows";
import type { JobSeen, JobState } from "./seen";

/** What the page says while a job waits. */
export const HIDDEN = "the page is hidden: it goes on once it is in front again";
export const AWAY =
  "The computer does not answer; what was measured is kept, and it goes on once it is back.";
const ELSEWHERE = "it goes on in another tab of this browser, which was opened since";

export class Course {
  readonly runs: JobRun[];
  readonly over = new AbortController();
  /** Whether another tab goes on with it. */
  isLeft = false;
  /** Passes that are planned, and steps that this makes. */
  readonly planned: number;
  stepsDone = 0;
  stepsPlanned = 0;
  keptBest: Best | null = null;
  /** When the first pass began, in the job's seconds. */
  firstPassS: number | null = null;
  /** Until when it goes on beyond the plan at most, in the job's seconds; null while it is in the plan. */
  furtherUntilS: number | null = null;
  /** The run that it is at. */
  at = 0;
  private state: JobState = "running";
  private reason = "";
  private phase = "";
  private readonly startedMs: number;
  private pausedMs = 0;
  private madeMs = 0;
  private made = 0;

  constructor(private readonly it: Driving) {
    const { job, artifacts } = it.making.bundle.content;
    this.runs = job.runs.map((asked, place) => new JobRun(place, asked, artifacts[asked.artifact]!.name));
    this.startedMs = it.clock.nowMs();
    this.planned = Math.max(it.effort.least_passes, job.passes);
  }

  get job() {
    return this.it.making.bundle.content.job;
  }

  /** Seconds since the job began; those in which it was gone or paused do not count. */
  nowS(): number {
    return this.it.earlierS + (this.it.clock.nowMs() - this.startedMs - this.pausedMs) / 1e3;
  }

  /** Throws Stop where it is to go no further. */
  goesOn(): void {
    if (this.over.signal.aborted)
      throw this.isLeft ? new Stop("left", ELSEWHERE) : new Stop("cancelled", "it was cancelled");
    const { total_s } = this.job.limits;
    if (this.nowS() >= total_s) {
      throw new Stop("failed", `the job is not done after ${total_s} s, which the bundle sets as its limit`);
    }
  }

  best(): Best | null {
    const turns = this.runs.flatMap((run) => run.turns);
    return bestOf(this.keptBest, turns, this.it.making.started_at_ms);
  }

  /** Wait until the page is in front; nothing is measured meanwhile. */
  async untilVisible(): Promise<void> {
    const { watch } = this.it;
    if (!watch.isVisible()) await this.pause(HIDDEN, (signal) => watch.untilVisible(signal));
  }

  /** Wait until the computer, or the host of the page, answers. */
  async untilThere(): Promise<void> {
    await this.pause(AWAY, (signal) => this.it.reach.untilThere(signal));
  }

  private async pause(why: string, until: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.over.signal.aborted) return;
    const startMs = this.it.clock.nowMs();
    this.state = "paused";
    this.reason = why;
    this.say();
    await until(this.over.signal);
    this.pausedMs += this.it.clock.nowMs() - startMs;
    this.state = "running";
    this.reason = "";
    this.say();
  }

  /** Whether a step was taken since the page was opened, and not only told again. */
  get hasMeasured(): boolean {
    return this.made > 0;
  }

  /** Count a step that was taken. */
  took(ms: number): void {
    this.madeMs += ms;
    this.made += 1;
  }

  /** Count a step that counts; where its run dropped out, fewer are planned. */
  done(run: JobRun): void {
    this.stepsDone += 1;
    if (!run.isLive) this.stepsPlanned = this.plannedNow();
    this.say();
  }

  end(state: JobState, reason: string): void {
    this.state = state;
    this.reason = reason;
    this.say("");
  }

  /** Say how far it is: to the page at once, to the computer as often as it hears of it. */
  say(phase: string = this.phase): void {
    this.phase = phase;
    this.it.listener.onJob(this.seen());
    const { sending, making } = this.it;
    if (!sending) return;
    const isOver = this.state !== "running" && this.state !== "paused";
    const text = writeProgress({
      job: making.job,
      bundle: making.bundle.sha256,
      state: !isOver
        ? "running"
        : this.state === "finished" || this.state === "refused"
          ? this.state
          : "failed",
      run: this.state === "finished" ? this.runs.length : this.at,
      runs: this.runs.length,
      phase: this.phase,
      reason: this.reason,
    });
    sending.progress(text);
  }

  /** Say that a turn is timed from now on: the page shows it, and nothing is sent until it is over. */
  sayTimed(phase: string): void {
    this.phase = phase;
    this.it.listener.onJob(this.seen());
    this.it.sending?.hush();
  }

  /** Return how far it is. */
  seen(): JobSeen {
    const best = this.best();
    return {
      job: this.it.making.job,
      state: this.state,
      reason: this.reason,
      phase: this.phase,
      steps_done: this.stepsDone,
      steps_planned: Math.max(this.stepsPlanned, this.stepsDone),
      seconds_left: this.secondsLeft(),
      further_left_s: this.furtherUntilS === null ? null : Math.max(0, this.furtherUntilS - this.nowS()),
      rows: this.runs.map((run) => rowOf(run, best, this.planned, run.verdict)),
    };
  }

  private plannedNow(): number {
    const live = this.runs.filter((run) => run.isLive);
    const taken = live.reduce((sum, run) => sum + run.turns.length, 0);
    return this.stepsDone + live.length * this.planned - taken;
  }

  private secondsLeft(): number | null {
    if (this.made === 0 || this.state !== "running" || this.furtherUntilS !== null) return null;
    return ((this.madeMs / this.made) * (this.stepsPlanned - this.stepsDone)) / 1e3;
  }
}
