// What is said aloud of a job: that it began, each file once it is over, and how it ended; never each step.

import type { JobSeen } from "../run/seen";
import { el, say } from "./dom";
import { isOver, jobLine, spokenRow } from "./words";

/** Says what is new; `root` is put into the page. */
export class Announcer {
  readonly root = el("div", { class: "away", role: "status", "aria-live": "polite" });
  private readonly told = new Set<number>();
  private state = "";

  constructor(private readonly name: (run: number) => string) {}

  update(seen: JobSeen): void {
    const news = announcements(seen, this.told, this.state, this.name);
    for (const row of seen.rows) if (isOver(row)) this.told.add(row.run);
    this.state = seen.state;
    if (news.length > 0) say(this.root, news.join(". "));
  }

  /** Begin anew: another job says all its files again. */
  forget(): void {
    this.told.clear();
    this.state = "";
  }
}

/** Return what of a job is new since `told` and `state`. */
export function announcements(
  seen: JobSeen,
  told: ReadonlySet<number>,
  state: string,
  name: (run: number) => string,
): string[] {
  const rows = seen.rows.filter((row) => isOver(row) && !told.has(row.run));
  const news = rows.map((row) => spokenRow(name(row.run), row));
  if (seen.state !== state) {
    const reason = seen.reason === "" ? "" : `: ${seen.reason}`;
    news.push(jobLine(seen).text + reason);
  }
  return news;
}
