// One run of the job, and what is known of it so far.

import type { AskedRun, GoldenPart, Reading, StatePart, Turn } from "../contract/documents";
import { reasonText } from "../contract/texts";
import { type Statistics, statisticsOf } from "../method/statistics";
import type { Verdict } from "../method/verdict";
import type { Confusion } from "../pixels/confusion";
import type { Answer, SessionSeen, StepKind } from "../worker/messages";
import type { Outcome } from "./journal";
import type { RunState } from "./seen";

/** What a run's class maps came to. `miou`: null where no pixel has a label. */
export interface MapsJudged {
  readonly hashes: readonly string[];
  readonly agreements: readonly number[];
  readonly agreement: number;
  readonly golden: GoldenPart;
  readonly confusions: readonly Confusion[];
  readonly miou: number | null;
}

/** A step that came to an answer: when it began, in seconds since the job did. */
export interface Answered {
  readonly kind: StepKind;
  readonly answer: Answer;
  readonly began_s: number;
}

/** A run as it goes on; it drops out once it is refused or has failed. */
export class JobRun {
  readonly answered: Answered[] = [];
  readonly turns: Turn[] = [];
  status: "ok" | "refused" | "failed" = "ok";
  reason = "";
  state: RunState = "waiting";
  judged: MapsJudged | null = null;
  verdict: Verdict | null = null;
  start: StatePart | null = null;
  end: StatePart | null = null;
  isRecorded = false;
  private reckoned: { readonly of: string; readonly figures: Statistics } | null = null;

  constructor(
    readonly place: number,
    readonly asked: AskedRun,
    readonly file: string,
  ) {}

  get isLive(): boolean {
    return this.status === "ok";
  }

  /** The first answer that has what a record says of opening a file. */
  get first(): Answer | null {
    return this.answered.find(({ kind }) => kind === "first")?.answer ?? null;
  }

  get session() {
    return this.answered.at(-1)?.answer.session ?? null;
  }

  get threads(): number {
    return this.session?.threads ?? this.asked.threads;
  }

  get lastBeganS(): number {
    return this.answered.at(-1)?.began_s ?? 0;
  }

  /** Return its figures as far as it is; reckoned once for so many turns, as that takes a while beside what is measured. */
  figures(best: Reading): Statistics {
    const of = `${this.turns.length} ${best.integer_ms} ${best.memory_ms} ${this.threads}`;
    if (this.reckoned?.of !== of) {
      this.reckoned = { of, figures: statisticsOf(this.turns, best, this.threads) };
    }
    return this.reckoned.figures;
  }

  /** Take what a step gave; where it went wrong, the run drops out. `firstPassS`: when the first pass began. */
  take(kind: StepKind, number: number, outcome: Outcome, began_s: number, firstPassS: number): void {
    const during = kind === "first" ? "in its first turn: " : `in pass ${number + 1}: `;
    if (outcome.came === "nothing") {
      this.drop("failed", during + outcome.why);
      return;
    }
    const { answer, foreground } = outcome;
    this.answered.push({ kind, answer, began_s });
    if (answer.status !== "ok") {
      this.drop(answer.status, answer.status === "refused" ? answer.reason : during + answer.reason);
      return;
    }
    const { turn } = answer;
    const isWhole =
      answer.runtime && answer.session && answer.opened && (answer.checked !== null) === (kind === "first");
    if (!turn || !isWhole) {
      this.drop("failed", `${during}it left an answer to something else`);
      return;
    }
    const earlier = this.first?.session;
    if (earlier && !areAlike(earlier, answer.session)) {
      this.drop(
        "failed",
        `${during}it ran otherwise than in its first turn: on other threads or another processor`,
      );
      return;
    }
    this.turns.push({
      number,
      started_s: Math.max(0, began_s - firstPassS) + turn.offset_ms / 1e3,
      before: turn.before,
      after: turn.after,
      wall_ms: turn.wall_ms,
      cpu_ms: null,
      waited_ms: null,
      others_ms: null,
      stolen_ms: null,
      switches: null,
      batch: turn.batch,
      at_ms: turn.at_ms,
      pre_ms: null,
      execute_ms: turn.execute_ms,
      post_ms: null,
      device: { battery_c: null, power: null, thermal: null, cores: null, frequency_share: null, foreground },
    });
  }

  /** Give it up. */
  drop(status: "refused" | "failed", reason: string): void {
    this.status = status;
    this.reason = reasonText(reason) || "no reason was given";
    this.state = status;
  }
}

/** Whether two turns' times are of one thing: threads and what ran it. */
function areAlike(one: SessionSeen, other: SessionSeen | null): boolean {
  return one.threads === other?.threads && one.accelerator.obtained === other.accelerator.obtained;
}
