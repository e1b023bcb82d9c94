// The job that was measured last, as its records say it: after a reload its results are there, and nothing is measured twice.

import { decodeClassMap } from "../contract/class_map_file";
import type { ClassMap } from "../pixels/arrays";
import { type Confusion, confusionOf, miou, totalOf } from "../pixels/confusion";
import { type JobHeard, lastEnded } from "../run/job";
import type { Journal } from "../run/journal";
import { backendText } from "../run/rows";
import type { RowSeen } from "../run/seen";
import type { SessionFacts } from "../run/session";
import type { OpenedBundle } from "./parts";

/** What a row takes of a record: the fields of docs/record.md. */
export interface RecordShown {
  readonly status: "ok" | "refused" | "failed";
  readonly reason: string;
  readonly runtime: {
    readonly name: string;
    readonly tool: string | null;
    readonly version: string | null;
    readonly build?: string | null;
    readonly threads: number | null;
  };
  readonly accelerator: { readonly asked: string; readonly obtained: string | null } | null;
  readonly turns: readonly unknown[];
  readonly golden: { readonly status: "passed" | "failed" | "not checked"; readonly reason: string } | null;
  readonly statistics: {
    readonly p50_ms: number | null;
    readonly p50_low_ms: number | null;
    readonly p50_high_ms: number | null;
  } | null;
  readonly bundle?: {
    readonly photos: readonly { readonly map_sha256: string | null; readonly agreement: number | null }[];
  };
  readonly verdict: RowSeen["verdict"];
  readonly verdict_reasons: readonly string[];
}

/** Say what the last job of this bundle gave, as if it were measured now; false where none ended here. */
export async function tellKept(
  session: SessionFacts,
  bundle: OpenedBundle,
  heard: JobHeard,
): Promise<boolean> {
  const last = await lastEnded(session);
  if (last === null) return false;
  const texts: (string | null)[] = [];
  const rows: RowSeen[] = [];
  for (const [run, asked] of bundle.content.job.runs.entries()) {
    const file = bundle.content.artifacts[asked.artifact]?.name ?? "";
    const text = await last.journal.record(run);
    texts.push(text);
    if (text === null) {
      rows.push(noRow(run, file));
      continue;
    }
    const record = JSON.parse(text) as RecordShown;
    rows.push({
      ...rowOfRecord(run, file, record, bundle),
      miou: await miouOf(record, last.journal, bundle),
    });
  }
  const { job, state } = last.kept;
  if (state === "running") return false;
  heard.onJob({
    job,
    state,
    reason: "",
    phase: "",
    steps_done: 0,
    steps_planned: 0,
    seconds_left: null,
    rows,
  });
  for (const [run, text] of texts.entries())
    if (text !== null) await tellRecord(run, text, last.journal, heard);
  return true;
}

async function tellRecord(run: number, text: string, journal: Journal, heard: JobHeard): Promise<void> {
  heard.onRecord(run, text);
  if (await journal.isSent(run)) heard.onTaken(run);
  for await (const [photo, map] of mapsOf(JSON.parse(text) as RecordShown, journal))
    heard.onMap(run, photo, map);
}

/** The desktop computes mIoU anew of maps and labels, so a record has none: the page does the same. */
async function miouOf(record: RecordShown, journal: Journal, bundle: OpenedBundle): Promise<number | null> {
  const { classes } = bundle.content;
  const found: Confusion[] = [];
  for await (const [photo, map] of mapsOf(record, journal)) {
    const label = await bundle.label(photo);
    if (label !== null) found.push(confusionOf(map, label, classes.length));
  }
  return found.length === 0 ? null : miou(totalOf(found, classes.length));
}

async function* mapsOf(record: RecordShown, journal: Journal): AsyncGenerator<readonly [number, ClassMap]> {
  for (const [photo, { map_sha256 }] of (record.bundle?.photos ?? []).entries()) {
    const runs = map_sha256 === null ? null : await journal.map(map_sha256);
    if (runs !== null) yield [photo, decodeClassMap(runs)];
  }
}

/** Return a record as a row. */
export function rowOfRecord(run: number, file: string, record: RecordShown, bundle: OpenedBundle): RowSeen {
  const { runtime, accelerator, statistics } = record;
  return {
    ...noRow(run, file),
    state: record.status,
    reason: record.reason,
    backend:
      record.status === "ok" && accelerator !== null
        ? backendText(runtime.tool ?? runtime.name, runtime.version, runtime.build ?? null, accelerator)
        : null,
    threads: runtime.threads,
    turns: record.turns.length,
    turns_planned: record.turns.length,
    p50_ms: statistics?.p50_ms ?? null,
    p50_low_ms: statistics?.p50_low_ms ?? null,
    p50_high_ms: statistics?.p50_high_ms ?? null,
    golden: record.golden?.status ?? null,
    golden_reason: record.golden?.reason ?? "",
    agreement: agreementOf(record, bundle),
    verdict: record.verdict,
    verdict_reasons: record.verdict_reasons,
  };
}

/** Of all pixels of all photos, as the job says it while it runs. */
function agreementOf(record: RecordShown, bundle: OpenedBundle): number | null {
  let equal = 0;
  let all = 0;
  for (const [place, { height_px, width_px }] of bundle.content.photos.entries()) {
    const share = record.bundle?.photos[place]?.agreement;
    if (share === undefined || share === null) return null;
    equal += share * height_px * width_px;
    all += height_px * width_px;
  }
  return all === 0 ? null : equal / all;
}

function noRow(run: number, file: string): RowSeen {
  return {
    run,
    file,
    state: "waiting",
    reason: "",
    backend: null,
    threads: null,
    turns: 0,
    turns_planned: 0,
    p50_ms: null,
    p50_low_ms: null,
    p50_high_ms: null,
    miou: null,
    golden: null,
    agreement: null,
    verdict: null,
    verdict_reasons: [],
  };
}
