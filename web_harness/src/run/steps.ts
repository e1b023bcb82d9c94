// Takes one step of a run in a worker, until it counts: what a hidden page or a lost connection spoiled is taken again.

import { reasonOf } from "../contract/texts";
import type { Phase, Said, StepKind } from "../worker/messages";
import type { Course } from "./course";
import type { Driving } from "./driving";
import type { JobRun } from "./job_run";
import type { KeptStep, Outcome } from "./journal";
import { MapsTaken } from "./maps_judged";
import { stateOf } from "./page_device";
import { stepAsked } from "./step_asked";

/** What a step came to. `taken`: a first turn's class maps. */
export interface Taken {
  readonly outcome: Outcome;
  readonly taken: MapsTaken | null;
  readonly began_s: number;
}

interface Tried {
  readonly outcome: Outcome;
  readonly taken: MapsTaken | null;
  /** Whether it ended before its file was open: where it went wrong, something may not have been fetched. */
  readonly endedOpening: boolean;
}

const AGAIN_OPENING = 1;

export class Steps {
  private step: AbortController | null = null;

  constructor(
    private readonly it: Driving,
    private readonly course: Course,
  ) {}

  /** End the one that is being taken. */
  abort(): void {
    this.step?.abort();
  }

  /** Take a step; while the page is hidden or the computer away it waits. Throws Stop. */
  async take(run: JobRun, kind: StepKind, number: number): Promise<Taken> {
    const { it, course } = this;
    const { journal, watch, effort, clock } = it;
    let hidden = 0;
    let opening = 0;
    for (;;) {
      await course.untilVisible();
      course.goesOn();
      course.at = run.place;
      run.start ??= stateOf(watch);
      const began_s = course.nowS();
      await journal.begin(run.place, kind, number, began_s, it.page);
      const isLastTry = hidden + 1 >= effort.most_hidden;
      const departures = watch.departures();
      const wasVisible = watch.isVisible(); // it may have left the front while the journal was written
      const startMs = clock.nowMs();
      const { outcome, taken, endedOpening } = await this.tried(run, kind, number, isLastTry);
      course.goesOn();
      const foreground = wasVisible && departures === watch.departures() && watch.isVisible();
      if (!foreground && !isLastTry) {
        hidden += 1;
        continue;
      }
      if (wentWrong(outcome)) {
        if (!(await it.reach.isThere())) {
          await course.untilThere();
          continue;
        }
        // it may have been away for a moment: what is wrong with a file is wrong the next time, too
        if (endedOpening && opening < AGAIN_OPENING) {
          opening += 1;
          continue;
        }
      }
      course.took(clock.nowMs() - startMs);
      run.end = stateOf(watch);
      const said: Outcome = outcome.came === "answer" ? { ...outcome, foreground } : outcome;
      await journal.end(run.place, number, said);
      return { outcome: said, taken, began_s };
    }
  }

  /** Return what a kept step came to; null where its class maps are gone, so that it is taken anew. */
  async known(run: JobRun, kind: StepKind, kept: KeptStep): Promise<Taken | null> {
    const { outcome, began_s } = kept;
    if (!outcome) return null;
    if (outcome.came === "nothing" || outcome.answer.status !== "ok" || kind !== "first") {
      return { outcome, taken: null, began_s };
    }
    const taken = new MapsTaken(this.it.making.bundle, run.asked.artifact);
    try {
      const { hashes, again } = outcome.maps ?? { hashes: [], again: "" };
      for (const [photo, hash] of [...hashes.entries(), [0, again] as const]) {
        const runs = await this.it.journal.map(hash);
        if (!runs) return null;
        const isAgain = photo === 0 && taken.maps.length === hashes.length;
        const map = taken.add(photo, isAgain, runs);
        if (!isAgain) this.it.listener.onMap(run.place, photo, map);
      }
      return { outcome, taken, began_s };
    } catch {
      return null;
    }
  }

  private async tried(run: JobRun, kind: StepKind, number: number, isLastTry: boolean): Promise<Tried> {
    const { journal, watch, launcher, making } = this.it;
    const taken = kind === "first" ? new MapsTaken(making.bundle, run.asked.artifact) : null;
    const kept: Promise<void>[] = [];
    let fault: string | null = null;
    let phase: Phase = "opening";
    const abort = new AbortController();
    this.step = abort;
    const stopWatching = watch.onLeave(() => !isLastTry && abort.abort());
    const hear = (said: Said) => {
      if (said.say === "phase") {
        phase = said.phase;
        this.tell(run, kind, number, phase);
      }
      if (said.say === "session") taken?.runOn(said.session.accelerator);
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
    this.tell(run, kind, number, phase);
    const asked = stepAsked(making.bundle, run.asked, kind, this.it.runtimes);
    const { limits } = this.course.job;
    const leftS = Math.max(1, limits.total_s - this.course.nowS());
    const ended = await launcher.launch(asked, hear, Math.min(limits.run_s, leftS), abort.signal);
    stopWatching();
    this.step = null;
    await Promise.all(kept);
    const nothing = (why: string, endedOpening = false): Tried => ({
      outcome: { came: "nothing", why },
      taken: null,
      endedOpening,
    });
    if (fault !== null) return nothing(fault);
    if (ended.how === "stopped") return nothing("it was stopped");
    if (ended.how !== "answered") return nothing(ended.why, ended.how === "died" && phase === "opening");
    const { answer } = ended;
    if (answer.status !== "ok" || !taken) {
      const outcome: Outcome = { came: "answer", answer, foreground: true, maps: null };
      return { outcome, taken: null, endedOpening: answer.session === null };
    }
    if (!taken.isWhole) return nothing("it did not give the class map of each photo");
    const maps = { hashes: taken.hashes, again: taken.again!.sha256 };
    return { outcome: { came: "answer", answer, foreground: true, maps }, taken, endedOpening: false };
  }

  private tell(run: JobRun, kind: StepKind, number: number, phase: Phase): void {
    run.state =
      phase === "opening" && run.turns.length === 0
        ? "opening"
        : kind === "first" && phase !== "measuring"
          ? "checking"
          : "measuring";
    const beyond = number < this.course.planned ? "" : " beyond the plan";
    const where = kind === "first" ? run.file : `pass ${number + 1}${beyond}, ${run.file}`;
    if (phase === "measuring") this.course.sayTimed(`${where}: ${phase}`);
    else this.course.say(`${where}: ${phase}`);
  }
}

function wentWrong(outcome: Outcome): boolean {
  return outcome.came === "nothing" || outcome.answer.status === "failed";
}
