// Runs a job: each file's first turn with its class maps, passes over all files, then the records; docs/method.md.
//
// It opens no runtime itself: its launcher does each step in a worker, and a step that ends its worker takes nothing along
// but itself. A job that is opened again with its id goes on where it was; what has its record is not run again.

import { writeProgress } from "../contract/progress";
import { writeRecord } from "../contract/record_document";
import type { RecordDocument } from "../contract/record_parts";
import { reasonOf } from "../contract/texts";
import { orderOf } from "../method/orders";
import { isEnough } from "../method/statistics";
import type { Said, StepKind } from "../worker/messages";
import { type Best, bestOf, readBest, writeBest } from "./best_kept";
import type { JobEffort } from "./effort";
import { JobRun } from "./job_run";
import type { Journal, KeptStep, Outcome } from "./journal";
import type { Launcher } from "./launcher";
import { MapsTaken } from "./maps_judged";
import { stateOf } from "./page_device";
import { type Making, recordOf, recordOfEnded } from "./record_maker";
import { rowOf } from "./rows";
import type { JobSeen, JobState, Listener } from "./seen";
import type { Sending } from "./sending";
import { stepAsked } from "./step_asked";
import type { Store } from "./store";
import type { Watch } from "./watch";

/** Time as a driver takes it: `nowMs` never jumps; `epochMs` is the device's clock. */
export interface Clock {
  nowMs(): number;
  epochMs(): number;
}

/** What a job runs with. `page`: this opening of the page. `earlierS`: seconds that earlier openings took. */
export interface Driving {
  readonly making: Making;
  readonly journal: Journal;
  readonly store: Store;
  readonly launcher: Launcher;
  readonly watch: Watch;
  readonly clock: Clock;
  readonly sending: Sending | null;
  readonly listener: Listener;
  readonly effort: JobEffort;
  readonly runtimes: { readonly ort: string; readonly litert: string };
  readonly page: string;
  readonly earlierS: number;
}

/** Why a job stops in the middle of its plan. */
class Stop extends Error {
  constructor(
    readonly state: "cancelled" | "failed",
    message: string,
  ) {
    super(message);
  }
}

export class Driver {
  private readonly runs: JobRun[];
  private readonly startedMs: number;
  private readonly over = new AbortController();
  private step: AbortController | null = null;
  private pausedMs = 0;
  private keptBest: Best | null = null;
  private firstPassS: number | null = null;
  private state: JobState = "running";
  private reason = "";
  private phase = "";
  private at = 0;
  private stepsDone = 0;
  private stepsPlanned = 0;
  private madeMs = 0;
  private made = 0;
  private planned: number;
  private saidAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly it: Driving) {
    const { job, artifacts } = it.making.bundle.content;
    this.runs = job.runs.map((asked, place) => new JobRun(place, asked, artifacts[asked.artifact]!.name));
    this.startedMs = it.clock.nowMs();
    this.planned = Math.max(it.effort.least_passes, job.passes);
  }

  /** End it: what is finished is kept and sent. */
  cancel(): void {
    this.over.abort();
    this.step?.abort();
  }

  /** Run it to its end; return what is known then. Never throws for what a file, a worker or a server does. */
  async run(): Promise<JobSeen> {
    const { store, making, clock } = this.it;
    try {
      this.keptBest = await readBest(store, making.yardstick, clock.epochMs());
      await this.restore();
      this.say("begins");
      let stop: Stop | null = null;
      try {
        await this.measure();
      } catch (error) {
        if (!(error instanceof Stop)) throw error;
        stop = error;
      }
      await this.finish();
      this.state = stop?.state ?? "finished";
      this.reason = stop?.message ?? "";
    } catch (error) {
      this.state = "failed";
      this.reason = reasonOf(error);
    }
    this.phase = "";
    this.say("", true);
    return this.seen();
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
      rows: this.runs.map((run) => rowOf(run, best, this.planned, run.verdict)),
    };
  }

  private async measure(): Promise<void> {
    this.stepsPlanned = this.planned * this.runs.filter((run) => !run.isRecorded).length;
    for (const run of this.runs) await this.take(run, "first", 0);
    for (let pass = 1; pass < this.planned; pass += 1) await this.pass(pass, () => true);
    if (this.job.passes > 1) await this.further();
  }

  /** Let those that have not enough go on, until the ceiling. */
  private async further(): Promise<void> {
    const { effort } = this.it;
    const live = this.runs.filter((run) => run.isLive && !run.isRecorded).length;
    const longestS = effort.ceiling_s + effort.further_file_s * Math.max(0, live - 1);
    const startS = this.nowS();
    for (let pass = this.planned; pass < effort.most_passes; pass += 1) {
      const wanting = this.runs.filter((run) => run.isLive && !run.isRecorded && !this.hasEnough(run));
      const wasBegun = await this.wasBegun(pass);
      if (!wasBegun && (wanting.length === 0 || this.nowS() - startS >= longestS)) return;
      this.stepsPlanned += wanting.length;
      await this.pass(pass, (run) => wanting.includes(run));
    }
  }

  private async wasBegun(pass: number): Promise<boolean> {
    for (const run of this.runs) if ((await this.it.journal.step(run.place, pass))?.outcome) return true;
    return false;
  }

  private async pass(number: number, wants: (run: JobRun) => boolean): Promise<void> {
    for (const place of orderOf(this.job.seed, number, this.runs.length)) {
      const run = this.runs[place]!;
      if (wants(run)) await this.take(run, "turn", number);
    }
  }

  /** Take a run's next step, or what an earlier opening of the page has of it. Throws Stop. */
  private async take(run: JobRun, kind: StepKind, number: number): Promise<void> {
    if (!run.isLive) return;
    const kept = await this.it.journal.step(run.place, number);
    const known = kept?.outcome ? await this.known(run, kind, kept) : null;
    if (!known && run.isRecorded) return;
    const { outcome, taken, began_s } = known ?? (await this.launched(run, kind, number));
    this.firstPassS ??= began_s;
    run.take(kind, number, outcome, began_s, this.firstPassS);
    if (run.isLive && kind === "first" && taken) {
      try {
        run.judged = taken.judge(run.asked.artifact, run.session!.accelerator);
      } catch (error) {
        run.drop("failed", `in its first turn: ${reasonOf(error)}`);
      }
    }
    if (run.isLive) run.state = "measuring";
    else if (!run.isRecorded) await this.record(run, recordOfEnded(this.it.making, run));
    this.stepsDone += 1;
    if (!run.isLive) this.stepsPlanned = this.plannedNow();
    this.say(this.phase, true);
  }

  /** What a kept step came to; null where its class maps are gone, so that it is taken anew. */
  private async known(run: JobRun, kind: StepKind, kept: KeptStep): Promise<Taken | null> {
    const { outcome, began_s } = kept;
    if (!outcome) return null;
    if (outcome.came === "nothing" || outcome.answer.status !== "ok" || kind !== "first") {
      return { outcome, taken: null, began_s };
    }
    const taken = new MapsTaken(this.it.making.bundle);
    try {
      const { hashes, again } = outcome.maps ?? { hashes: [], again: "" };
      for (const [photo, hash] of [...hashes.entries(), [0, again] as const]) {
        const runs = await this.it.journal.map(hash);
        if (!runs) return null;
        const isAgain = photo === 0 && taken.maps.length === hashes.length;
        const map = taken.add(photo, isAgain, runs);
        if (!isAgain) this.it.listener.onMap(run.place, photo, map);
      }
      return taken.isWhole ? { outcome, taken, began_s } : null;
    } catch {
      return null;
    }
  }

  /** Take a step in a worker; while the page is hidden it waits, and what was taken meanwhile is thrown away. */
  private async launched(run: JobRun, kind: StepKind, number: number): Promise<Taken> {
    const { journal, watch, effort, clock } = this.it;
    for (let tries = 1; ; tries += 1) {
      await this.untilVisible();
      this.goesOn();
      this.at = run.place;
      run.start ??= stateOf(watch);
      const began_s = this.nowS();
      await journal.begin(run.place, kind, number, began_s, this.it.page);
      const isLastTry = tries >= effort.most_hidden;
      const departures = watch.departures();
      const startMs = clock.nowMs();
      const { outcome, taken } = await this.oneTry(run, kind, number, isLastTry);
      this.madeMs += clock.nowMs() - startMs;
      this.made += 1;
      run.end = stateOf(watch);
      this.goesOn();
      const foreground = departures === watch.departures() && watch.isVisible();
      if (!foreground && !isLastTry) continue;
      const said: Outcome = outcome.came === "answer" ? { ...outcome, foreground } : outcome;
      await journal.end(run.place, number, said);
      return { outcome: said, taken, began_s };
    }
  }

  private async oneTry(
    run: JobRun,
    kind: StepKind,
    number: number,
    isLastTry: boolean,
  ): Promise<{ outcome: Outcome; taken: MapsTaken | null }> {
    const { journal, watch, launcher, making } = this.it;
    const taken = kind === "first" ? new MapsTaken(making.bundle) : null;
    const kept: Promise<void>[] = [];
    let fault: string | null = null;
    const abort = new AbortController();
    this.step = abort;
    const stopWatching = watch.onLeave(() => !isLastTry && abort.abort());
    const hear = (said: Said) => {
      if (said.say === "phase") this.hear(run, kind, number, said.phase);
      if (said.say !== "map" || !taken || fault !== null) return;
      try {
        const map = taken.add(said.photo, said.again, said.runs);
        kept.push(journal.addMap(said.again ? taken.again!.sha256 : taken.hashes.at(-1)!, said.runs));
        if (!said.again) this.it.listener.onMap(run.place, said.photo, map);
      } catch (error) {
        fault = reasonOf(error);
        abort.abort();
      }
    };
    this.hear(run, kind, number, "opening");
    const asked = stepAsked(making.bundle, run.asked, kind, this.it.runtimes);
    const leftS = Math.max(1, this.job.limits.total_s - this.nowS());
    const ended = await launcher.launch(asked, hear, Math.min(this.job.limits.run_s, leftS), abort.signal);
    stopWatching();
    this.step = null;
    await Promise.all(kept);
    if (fault !== null) return { outcome: { came: "nothing", why: fault }, taken: null };
    if (ended.how === "stopped") return { outcome: { came: "nothing", why: "it was stopped" }, taken: null };
    if (ended.how !== "answered") return { outcome: { came: "nothing", why: ended.why }, taken: null };
    const { answer } = ended;
    if (answer.status !== "ok" || !taken) {
      return { outcome: { came: "answer", answer, foreground: true, maps: null }, taken: null };
    }
    if (!taken.isWhole) {
      return {
        outcome: { came: "nothing", why: "it did not give the class map of each photo" },
        taken: null,
      };
    }
    const maps = { hashes: taken.hashes, again: taken.again!.sha256 };
    return { outcome: { came: "answer", answer, foreground: true, maps }, taken };
  }

  /** Write the records of all that were measured. */
  private async finish(): Promise<void> {
    const best = this.best();
    for (const run of this.runs) {
      if (run.isRecorded || !run.isLive || !run.judged || !best) continue;
      try {
        const document = recordOf(this.it.making, run, best, this.firstPassS ?? 0);
        await this.record(run, document);
        run.state = "ok";
        run.verdict = document.verdict && {
          kind: document.verdict.verdict,
          reasons: document.verdict.reasons,
        };
      } catch (error) {
        run.drop("failed", `what it answered makes no record: ${reasonOf(error)}`);
        await this.record(run, recordOfEnded(this.it.making, run));
      }
      this.say(this.phase, true);
    }
    if (best) await writeBest(this.it.store, this.it.making.yardstick, best);
  }

  private async record(run: JobRun, document: RecordDocument): Promise<void> {
    const text = writeRecord(document);
    await this.it.journal.addRecord(run.place, text);
    run.isRecorded = true;
    this.it.listener.onRecord(run.place, text);
    void this.it.sending?.flush(this.runs.map(({ place }) => place));
  }

  /** Know again which runs have their records from an earlier opening of the page. */
  private async restore(): Promise<void> {
    for (const run of this.runs) {
      const text = await this.it.journal.record(run.place);
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
      this.it.listener.onRecord(run.place, text);
    }
  }

  private hear(run: JobRun, kind: StepKind, number: number, phase: string): void {
    run.state =
      phase === "opening" && run.turns.length === 0
        ? "opening"
        : kind === "first" && phase !== "measuring"
          ? "checking"
          : "measuring";
    this.phase = kind === "first" ? `${run.file}: ${phase}` : `pass ${number + 1}, ${run.file}: ${phase}`;
    this.say(this.phase);
  }

  private async untilVisible(): Promise<void> {
    const { watch, clock } = this.it;
    if (watch.isVisible() || this.over.signal.aborted) return;
    const startMs = clock.nowMs();
    this.state = "paused";
    this.reason = "the page is hidden: it goes on once it is in front again";
    this.say(this.phase, true);
    await watch.untilVisible(this.over.signal);
    this.pausedMs += clock.nowMs() - startMs;
    this.state = "running";
    this.reason = "";
    this.say(this.phase, true);
  }

  private goesOn(): void {
    if (this.over.signal.aborted) throw new Stop("cancelled", "it was cancelled");
    const { total_s } = this.job.limits;
    if (this.nowS() >= total_s) {
      throw new Stop("failed", `the job is not done after ${total_s} s, which the bundle sets as its limit`);
    }
  }

  private get job() {
    return this.it.making.bundle.content.job;
  }

  /** Seconds since the job began; those in which it was gone or hidden do not count. */
  private nowS(): number {
    return this.it.earlierS + (this.it.clock.nowMs() - this.startedMs - this.pausedMs) / 1e3;
  }

  private hasEnough(run: JobRun): boolean {
    const best = this.best();
    return best !== null && isEnough(run.turns, best.reading, run.threads);
  }

  private best(): Best | null {
    const turns = this.runs.flatMap((run) => run.turns);
    return bestOf(this.keptBest, turns, this.it.making.started_at_ms);
  }

  private plannedNow(): number {
    const live = this.runs.filter((run) => run.isLive).length;
    return (
      this.stepsDone +
      Math.max(
        0,
        live * this.planned - this.runs.reduce((sum, run) => sum + (run.isLive ? run.turns.length : 0), 0),
      )
    );
  }

  private secondsLeft(): number | null {
    if (this.made === 0 || this.state !== "running") return null;
    return ((this.madeMs / this.made) * Math.max(0, this.stepsPlanned - this.stepsDone)) / 1e3;
  }

  /** Say how far it is: to the page at once, to the computer once a second or where it `matters`. */
  private say(phase: string, matters = false): void {
    this.phase = phase;
    this.it.listener.onJob(this.seen());
    const { sending, clock, effort, making } = this.it;
    if (!sending || (!matters && clock.nowMs() - this.saidAtMs < effort.say_every_s * 1e3)) return;
    this.saidAtMs = clock.nowMs();
    const isOver = this.state !== "running" && this.state !== "paused";
    void sending.progress(
      writeProgress({
        job: making.job,
        bundle: making.bundle.sha256,
        state: !isOver
          ? "running"
          : this.state === "finished"
            ? "finished"
            : this.state === "refused"
              ? "refused"
              : "failed",
        run: this.state === "finished" ? this.runs.length : this.at,
        runs: this.runs.length,
        phase: this.phase,
        reason: this.reason,
      }),
    );
  }
}

interface Taken {
  readonly outcome: Outcome;
  readonly taken: MapsTaken | null;
  readonly began_s: number;
}
