// How far the job is, and the buttons that begin and end it.

import type { JobSeen } from "../run/seen";
import type { Unsent } from "../run/sending";
import { el, fill, say, section, show } from "./dom";
import { fillText } from "./header_view";
import { markedLine } from "./marks";
import { jobLine, stepLine } from "./words";

export interface JobActions {
  begin(): void;
  cancel(): void;
  save(): void;
}

const GOES_ON = "It goes on by itself as soon as it can.";

const FLEETING =
  "This browser keeps nothing beyond this page, as in some private windows: leave the page open until it is done.";
const FULL =
  "This browser cannot keep any more results, as its storage is full or was cleared. The job goes on: leave the page open until it is done.";

/** The view of the job. */
export class JobView {
  readonly root: HTMLElement;
  private readonly state = el("div", { class: "state" });
  private readonly bar = el("progress", { max: "1", value: "0", "aria-label": "Progress of the job" });
  private readonly steps = el("p", { class: "muted steps" });
  private readonly phase = el("p", { class: "phase" });
  private readonly note = el("p", { class: "note" });
  private readonly unsent = el("p", { class: "note warn", role: "status" });
  private readonly fleeting = el("p", { class: "note warn", role: "status" });
  private readonly begin: HTMLButtonElement;
  private readonly cancel: HTMLButtonElement;
  private readonly save: HTMLButtonElement;
  private readonly hint: string;
  private shown = "";

  /** `saving`: what becomes of a saved file of results. */
  constructor(
    actions: JobActions,
    keepsScreenOn: boolean,
    private readonly saving: string,
  ) {
    this.hint = keepsScreenOn
      ? "Leave this page in front and touch the device as little as you can."
      : "Leave this page in front, keep the screen on, and touch the device as little as you can.";
    this.begin = el("button", { type: "button", class: "primary", onclick: actions.begin }, "Measure");
    this.cancel = el("button", { type: "button", onclick: actions.cancel }, "Cancel");
    this.save = el("button", { type: "button", onclick: actions.save }, "Save the results (.zip)");
    this.root = section(
      "job",
      "Measuring",
      this.state,
      this.bar,
      this.steps,
      this.phase,
      this.note,
      this.unsent,
      this.fleeting,
      el("div", { class: "buttons" }, this.begin, this.cancel, this.save),
    );
    show(this.unsent, false);
    show(this.fleeting, false);
    this.waits("Nothing was measured yet.", "Measure");
  }

  /** Show that nothing runs, and what the button begins. */
  waits(why: string, action: string): void {
    this.line({ mark: "none", text: why });
    say(this.begin, action);
    for (const part of [this.bar, this.steps, this.phase, this.cancel, this.save]) show(part, false);
    show(this.begin, true);
    this.begin.disabled = false;
    say(this.note, this.hint);
    show(this.note, true);
  }

  /** Say it where this browser keeps nothing. */
  keeping(lasts: boolean): void {
    say(this.fleeting, lasts ? "" : FLEETING);
    show(this.fleeting, !lasts);
  }

  /** Say that this browser stopped keeping results in the middle. */
  keepsNoLonger(): void {
    say(this.fleeting, FULL);
    show(this.fleeting, true);
  }

  /** Show that it was asked for. */
  begins(): void {
    this.line({ mark: "waiting", text: "Getting ready" });
    this.begin.disabled = true;
    show(this.begin, false);
    show(this.cancel, true);
    this.cancel.disabled = false;
    say(this.cancel, "Cancel");
  }

  /** Show that it ends with the step that it is at. */
  ending(): void {
    say(this.cancel, "Ending…");
    this.cancel.disabled = true;
  }

  update(seen: JobSeen, hasRecords: boolean): void {
    const goesOn = seen.state === "running" || seen.state === "paused";
    this.line(jobLine(seen));
    show(this.bar, goesOn && seen.steps_planned > 0);
    if (seen.steps_planned > 0) this.bar.value = seen.steps_done / seen.steps_planned;
    say(this.steps, goesOn ? stepLine(seen) : "");
    show(this.steps, goesOn);
    say(this.phase, seen.state === "running" ? seen.phase : seen.reason);
    show(this.phase, this.phase.textContent !== "");
    fillText(this.note, goesOn ? (seen.state === "paused" ? GOES_ON : this.hint) : this.saving);
    show(this.note, goesOn || (hasRecords && this.saving !== ""));
    say(this.begin, "Run again");
    show(this.begin, !goesOn);
    this.begin.disabled = false;
    show(this.cancel, goesOn);
    show(this.save, hasRecords && !goesOn);
  }

  /** Say that records do not reach the computer now; null: they do. */
  sending(why: Unsent | null, words: string): void {
    fill(this.unsent, words);
    show(this.unsent, why !== null);
  }

  /** Say why something that was asked for was not done. */
  failed(why: string): void {
    fillText(this.phase, why);
    show(this.phase, true);
  }

  private line(marked: Parameters<typeof markedLine>[0]): void {
    const key = `${marked.mark} ${marked.text}`;
    if (key === this.shown) return;
    this.shown = key;
    fill(this.state, markedLine(marked));
  }
}
