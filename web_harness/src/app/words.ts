// A job's and a file's state in words: what people read first, and what a screen reader hears.

import type { JobSeen, RowSeen } from "../run/seen";
import { atMost, count, left, ms, percent } from "./figures";
import type { Marked } from "./marks";

/** Return how far a job is, in a line. */
export function jobLine(seen: JobSeen): Marked {
  const ready = seen.rows.filter((row) => isOver(row)).length;
  const all = seen.rows.length;
  switch (seen.state) {
    case "running":
      return {
        mark: "waiting",
        text: ready === 0 ? "Measuring" : `Measuring: ${ready} of ${count(all, "file")} done`,
      };
    case "paused":
      return { mark: "doubtful", text: "Paused" };
    case "finished":
      return { mark: "good", text: all === 1 ? "Finished, 1 file" : `Finished, all ${all} files` };
    case "cancelled":
      return { mark: "none", text: `Cancelled: ${ready} of ${count(all, "file")} done` };
    case "refused":
      return { mark: "bad", text: "The bundle was refused" };
    case "failed":
      return { mark: "bad", text: `Ended early: ${ready} of ${count(all, "file")} done` };
  }
}

/** Return steps and time left, where they are known; beyond the plan, that it goes on and for how long at most. */
export function stepLine(seen: JobSeen): string {
  const further = seen.further_left_s ?? null;
  if (further !== null)
    return `All planned turns were taken. Times are not steady yet, so it goes on, for ${atMost(further)}.`;
  if (seen.steps_planned === 0) return "";
  const parts = [`Step ${Math.min(seen.steps_done + 1, seen.steps_planned)} of ${seen.steps_planned}`];
  if (seen.seconds_left !== null && seen.state === "running") parts.push(left(seen.seconds_left));
  return parts.join(", ");
}

/** Whether nothing more comes of a row. */
export function isOver(row: RowSeen): boolean {
  return row.state === "ok" || row.state === "refused" || row.state === "failed";
}

/** Return what a row is doing, or how it ended. `ended`: whether its job goes on no longer. */
export function rowLine(row: RowSeen, ended: boolean): Marked {
  switch (row.state) {
    case "ok":
      return verdictLine(row);
    case "refused":
      return { mark: "bad", text: `Refused: ${row.reason}` };
    case "failed":
      return { mark: "bad", text: `Failed: ${row.reason}` };
    case "waiting":
      return { mark: "none", text: ended ? "Not measured: the job ended before" : "Waits for its turn" };
    case "opening":
      return ended ? { mark: "none", text: "Not finished" } : { mark: "waiting", text: "Loading" };
    case "checking":
      return ended ? { mark: "none", text: "Not finished" } : { mark: "waiting", text: "Checking its masks" };
    case "measuring":
      return ended ? { mark: "none", text: "Not finished" } : { mark: "waiting", text: turns(row) };
  }
}

/** Return the verdict with what it means. */
export function verdictLine(row: RowSeen): Marked {
  switch (row.verdict) {
    case "VALID":
      return { mark: "good", text: "VALID: this time can be relied on" };
    case "UNSTABLE":
      return { mark: "doubtful", text: "UNSTABLE: this time is doubtful" };
    case "INVALID":
      return { mark: "bad", text: "INVALID: this time is no measurement" };
    case null:
      return { mark: "none", text: "No verdict" };
  }
}

/** Return what the golden check found; null until it was looked at. */
export function goldenLine(row: RowSeen): Marked | null {
  switch (row.golden) {
    case "passed":
      return { mark: "good", text: "Passed: masks as near to the computer's as they must be" };
    case "failed":
      return {
        mark: "bad",
        text: row.golden_reason ? `Failed: ${row.golden_reason}` : "Failed: masks are not as on the computer",
      };
    case "not checked":
      return { mark: "none", text: row.golden_reason ? `Not checked: ${row.golden_reason}` : "Not checked" };
    case null:
      return null;
  }
}

/** Return what is said aloud when a row is over. */
export function spokenRow(name: string, row: RowSeen): string {
  if (row.state !== "ok") return `${name}: ${rowLine(row, false).text}`;
  const time = row.p50_ms === null ? "no time" : ms(row.p50_ms);
  const agreement = row.agreement === null ? "" : `, ${percent(row.agreement)} of pixels as on the computer`;
  return `${name}: ${time}, ${row.verdict ?? "no verdict"}${agreement}`;
}

function turns(row: RowSeen): string {
  if (row.turns_planned === 0) return "Measuring";
  if (row.turns > row.turns_planned) return `${row.turns} turns taken, ${row.turns_planned} were planned`;
  return `${row.turns} of ${count(row.turns_planned, "turn")} taken`;
}
