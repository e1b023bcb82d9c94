// The table of results: a table where there is room, cards on a phone, and to a screen reader a table on both.

import { type Child, el, fill, section, show } from "./dom";
import { markedLine } from "./marks";
import type { RowModel } from "./table_model";

// What stands where nothing is known yet; a card leaves it out.
const NONE = "–";

const COLUMNS = [
  ["File", "file"],
  ["Time of a run, median", "time"],
  ["mIoU", "number miou"],
  ["As on the computer", "number same"],
  ["Golden check", "golden"],
  ["Verdict", "verdict"],
] as const;

/** The view of all rows; a row is drawn anew only where it changed. */
export class TableView {
  readonly root: HTMLElement;
  private readonly body = el("tbody", { role: "rowgroup" });
  private readonly rows = new Map<number, { readonly row: HTMLElement; key: string }>();
  private readonly nothing = el(
    "p",
    { class: "muted" },
    "Rows come here, a file each, as soon as it was looked at.",
  );
  private readonly table: HTMLElement;

  constructor() {
    // Roles are said again: where styles turn a table into cards, browsers forget that it is one.
    this.table = el(
      "table",
      { role: "table", class: "results" },
      el("caption", { class: "away" }, "A row for each file that is measured in this browser"),
      el(
        "thead",
        { role: "rowgroup" },
        el(
          "tr",
          { role: "row" },
          ...COLUMNS.map(([name, kind]) =>
            el("th", { role: "columnheader", scope: "col", class: kind }, name),
          ),
        ),
      ),
      this.body,
    );
    this.root = section("results", "Results", this.nothing, this.table);
    this.update([]);
  }

  update(models: readonly RowModel[]): void {
    show(this.nothing, models.length === 0);
    show(this.table, models.length > 0);
    for (const [run, { row }] of this.rows) {
      if (models.some((model) => model.run === run)) continue;
      row.remove();
      this.rows.delete(run);
    }
    for (const model of models) this.draw(model);
  }

  private draw(model: RowModel): void {
    const key = JSON.stringify(model);
    let kept = this.rows.get(model.run);
    if (kept?.key === key) return;
    if (kept === undefined) {
      kept = { row: el("tr", { role: "row" }), key };
      this.rows.set(model.run, kept);
      this.body.append(kept.row);
    }
    kept.key = key;
    kept.row.className = model.state.mark;
    fill(kept.row, ...cells(model));
  }
}

function cells(model: RowModel): HTMLElement[] {
  return [
    el(
      "th",
      { role: "rowheader", scope: "row", class: "file" },
      el("span", { class: "name" }, model.title),
      el("span", { class: "tags" }, ...model.tags.map((tag) => el("span", { class: "tag" }, tag))),
      el("span", { class: "sub" }, model.runs_on),
    ),
    cell(
      0 + 1,
      el("b", { class: "figure" }, model.time),
      " ",
      el("span", { class: "sub" }, model.interval),
      bar(model),
    ),
    cell(2, model.miou),
    cell(3, model.agreement),
    cell(4, model.golden === null ? NONE : markedLine(model.golden, "span")),
    cell(
      5,
      markedLine(model.state, "span"),
      model.reasons.length === 0
        ? null
        : el("ul", { class: "reasons" }, ...model.reasons.map((why) => el("li", {}, why))),
      model.delivery === null ? null : markedLine(model.delivery, "div"),
    ),
  ];
}

function cell(column: number, ...children: readonly Child[]): HTMLElement {
  const [name, kind] = COLUMNS[column]!;
  const made = el("td", { role: "cell", class: kind, "data-name": name }, ...children);
  if (made.textContent?.trim() === NONE) made.classList.add("blank");
  return made;
}

function bar(model: RowModel): HTMLElement | null {
  if (model.bar === null) return null;
  const made = el("span", { class: "bar", "aria-hidden": "true" }, el("i", { class: "spread" }));
  made.style.setProperty("--low", String(model.bar.low));
  made.style.setProperty("--middle", String(model.bar.middle));
  made.style.setProperty("--high", String(model.bar.high));
  return made;
}
