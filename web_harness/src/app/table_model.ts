// The table of results as texts and shares, before it is a table: what each cell says.

import type { BundleContent, Manifest } from "../contract/documents";
import type { RowSeen } from "../run/seen";
import { count, ms, percent, score } from "./figures";
import type { Marked } from "./marks";
import { goldenLine, rowLine } from "./words";

/** Where a record is: on its way to the desktop, there, or only here. */
export type Delivery = "kept" | "taken";

/** A row as it is shown. `bar`: the interval and the median as shares of the longest time. */
export interface RowModel {
  readonly run: number;
  readonly title: string;
  readonly tags: readonly string[];
  readonly runs_on: string;
  readonly time: string;
  readonly interval: string;
  readonly bar: { readonly low: number; readonly middle: number; readonly high: number } | null;
  readonly miou: string;
  readonly agreement: string;
  readonly golden: Marked | null;
  readonly state: Marked;
  readonly reasons: readonly string[];
  readonly delivery: Marked | null;
}

export interface TableFacts {
  readonly content: BundleContent;
  readonly manifests: readonly Manifest[];
  readonly rows: readonly RowSeen[];
  readonly deliveries: ReadonlyMap<number, Delivery>;
  readonly is_over: boolean;
  readonly mode: "serve" | "static";
}

const UNITS: Readonly<Record<string, string>> = { cpu: "CPU", gpu: "GPU", npu: "NPU" };

/** Return the rows in the job's order. */
export function tableOf(facts: TableFacts): RowModel[] {
  const longest = Math.max(0, ...facts.rows.map((row) => row.p50_high_ms ?? row.p50_ms ?? 0));
  return facts.rows.map((row) => rowOf(row, longest, facts));
}

/** Return the name of a run's file, short, as tables and choices show it. */
export function nameOf(run: number, content: BundleContent, manifests: readonly Manifest[]): string {
  const asked = content.job.runs[run];
  const artifact = asked && content.artifacts[asked.artifact];
  const manifest = asked && manifests[asked.artifact];
  if (!asked || !artifact) return `Run ${run + 1}`;
  if (!manifest) return artifact.name;
  const unit = asked.accelerator === "cpu" ? "" : ` on ${UNITS[asked.accelerator]}`;
  return `${manifest.model} ${manifest.precision} ${artifact.target}${unit}`;
}

function rowOf(row: RowSeen, longest: number, facts: TableFacts): RowModel {
  const asked = facts.content.job.runs[row.run];
  const artifact = asked && facts.content.artifacts[asked.artifact];
  const manifest = asked && facts.manifests[asked.artifact];
  const recipe =
    manifest && manifest.recipe !== manifest.precision && manifest.recipe !== "" ? [manifest.recipe] : [];
  return {
    run: row.run,
    title: manifest?.model ?? artifact?.name ?? row.file,
    tags: manifest && artifact ? [manifest.precision, artifact.target, ...recipe] : [],
    runs_on: runsOn(row, asked?.accelerator ?? "cpu"),
    time: row.p50_ms === null ? "–" : ms(row.p50_ms),
    interval: interval(row),
    bar: bar(row, longest),
    miou: row.miou === null ? "–" : score(row.miou),
    agreement: row.agreement === null ? "–" : percent(row.agreement),
    golden: goldenLine(row),
    state: rowLine(row, facts.is_over),
    reasons: row.state === "ok" ? row.verdict_reasons : [],
    delivery: delivery(row.run, facts),
  };
}

function runsOn(row: RowSeen, accelerator: string): string {
  const threads = row.threads === null || row.threads === 0 ? "" : `, ${count(row.threads, "thread")}`;
  const unit = UNITS[accelerator] ?? accelerator;
  return (row.backend ?? unit) + threads;
}

function interval(row: RowSeen): string {
  if (row.p50_ms === null) return "";
  if (row.p50_low_ms === null || row.p50_high_ms === null)
    return row.state === "ok" ? "without an interval" : "so far";
  return `${bare(row.p50_low_ms)} – ${ms(row.p50_high_ms)}`;
}

function bare(value: number): string {
  return ms(value).replace(" ms", "");
}

function bar(row: RowSeen, longest: number): RowModel["bar"] {
  if (row.p50_ms === null || longest <= 0) return null;
  return {
    low: (row.p50_low_ms ?? row.p50_ms) / longest,
    middle: row.p50_ms / longest,
    high: (row.p50_high_ms ?? row.p50_ms) / longest,
  };
}

function delivery(run: number, facts: TableFacts): Marked | null {
  const at = facts.deliveries.get(run);
  if (at === undefined) return null;
  if (at === "taken") return { mark: "good", text: "In the computer's table" };
  return facts.mode === "serve"
    ? { mark: "waiting", text: "On its way to the computer" }
    : { mark: "none", text: "Kept in this browser" };
}
