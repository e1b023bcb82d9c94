// Composes the record of a run that is over, with the reason of everything that is not known; docs/record.md.

import type { LoadPart, Passage } from "../contract/documents";
import { sha256 } from "../contract/hashes";
import { moment } from "../contract/moment";
import type { PhotoResult, RecordDocument, StatisticsPart } from "../contract/record_parts";
import { NOTHING_SEEN, withSeen } from "../method/conditions";
import { median } from "../method/samples";
import { verdictOf } from "../method/verdict";
import { type Best, isKnown } from "./best_kept";
import type { JobRun } from "./job_run";
import type { OpenBundle } from "./open_bundle";
import type { DeviceSeen } from "./page_device";

const COLD_MEANS =
  "the first opening of the file in this job: the runtime's WebAssembly was fetched and compiled with it, unless the browser kept that from before";
const TOOLS: Readonly<Record<string, string>> = { ort: "onnxruntime", litert: "ai-edge-litert" };
const NO_CONDITIONS = {
  others_before: null,
  others_during: null,
  others_after: null,
  stolen: null,
  swapped_bytes: null,
} as const;

/** What all records of a job share. `yardstick`: its version. `launch`: `test` where it is no device's. */
export interface Making {
  readonly bundle: OpenBundle;
  readonly job: string;
  readonly started_at_ms: number;
  readonly program_version: string;
  readonly commit: string | null;
  readonly device: DeviceSeen;
  readonly yardstick: string;
  readonly launch: "page" | "test";
}

/** Return the record of a run that went well. `firstPassS`: when the first pass began, in the job's seconds. */
export function recordOf(it: Making, run: JobRun, best: Best, firstPassS: number): RecordDocument {
  const { first, session, judged } = run;
  const opened = first?.opened;
  const checked = first?.checked;
  if (!first || !session || !judged || !opened || !checked)
    throw new Error("its answers lack what a record says");
  const figures = run.figures(best.reading);
  const conditions = withSeen(
    {
      ...NOTHING_SEEN,
      best_known: isKnown(best),
      test: it.launch === "test",
      accelerator_asked: run.asked.accelerator,
      accelerator_obtained: session.accelerator.obtained,
      golden: judged.golden.status,
      golden_reason: judged.golden.reason,
    },
    run.start,
    run.turns,
    run.end,
  );
  const began = run.answered.find(({ kind }) => kind === "first")!.began_s;
  const passages: Passage[] = checked.passages.map((one) => ({
    ...one,
    at_s: Math.max(0, began - firstPassS) + one.at_s,
  }));
  const load: LoadPart = {
    cold_ms: opened.runtime_ms,
    warm_ms: checked.load_again_ms,
    first_inference_ms: opened.first_ms,
    cold_means: COLD_MEANS,
    state: null,
    compile_ms: null,
  };
  const verdict = verdictOf(figures, conditions);
  const unknown: Record<string, string> = {};
  if (load.warm_ms === null) unknown["/load/warm_ms"] = checked.why || "it was not opened a second time";
  if (passages.length === 0) unknown["/statistics/end_to_end_ms"] = "this browser could not decode the photo";
  Object.assign(unknown, spreadUnknown(run));
  const wholes = passages.map((one) => one.pre_ms + one.execute_ms + one.post_ms);
  const statistics: StatisticsPart = { ...figures, end_to_end_ms: wholes.length > 0 ? median(wholes) : null };
  const results = judged.hashes.map((map_sha256, photo) => ({
    map_sha256,
    agreement: judged.agreements[photo]!,
  }));
  return {
    ...common(it, run, results),
    accelerator: session.accelerator,
    start: run.start,
    end: run.end,
    conditions: NO_CONDITIONS,
    load,
    warm_up_runs: opened.warm_up_runs,
    yardstick: {
      version: it.yardstick,
      best: { ...best.reading, reached_at: isKnown(best) ? moment(best.reached_at_ms) : null },
    },
    clock: first.clock_step_ms === null ? null : { step_ms: first.clock_step_ms },
    turns: run.turns,
    end_to_end: passages,
    golden: judged.golden,
    statistics,
    verdict: { verdict: verdict.kind, reasons: verdict.reasons },
    unknown: { ...it.device.unknown, ...unknown },
  };
}

/** Why the spread is not known, where it is not: of the two reasons there can be, the one that holds. */
function spreadUnknown(run: JobRun): Record<string, string> {
  const why = run.turns.some(({ batch }) => batch > 1)
    ? "samples are means of several runs, as this browser's clock is coarse"
    : "there are too few runs";
  return Object.fromEntries(["p90_ms", "p99_ms", "cv"].map((name) => [`/statistics/${name}`, why]));
}

/** Return the record of a run that was refused or failed. */
export function recordOfEnded(it: Making, run: JobRun): RecordDocument {
  const nothing = it.bundle.content.photos.map(() => ({ map_sha256: null, agreement: null }));
  return {
    ...common(it, run, nothing),
    accelerator: {
      asked: run.asked.accelerator,
      obtained: null,
      nodes: null,
      nodes_delegated: null,
      fallback: null,
      arithmetic: null,
    },
    unknown: {
      ...it.device.unknown,
      ...Object.fromEntries(
        ["obtained", "nodes", "nodes_delegated", "fallback", "arithmetic"].map((name) => [
          `/accelerator/${name}`,
          "it did not come to its end",
        ]),
      ),
      ...Object.fromEntries(
        ["tool", "version", "build", "threads"].map((name) => [
          `/runtime/${name}`,
          "it did not come to its end",
        ]),
      ),
      "/clock": run.reason,
      "/clock/step_ms": run.reason,
    },
  };
}

function common(it: Making, run: JobRun, results: readonly PhotoResult[]): RecordDocument {
  const { content } = it.bundle;
  const artifact = content.artifacts[run.asked.artifact]!;
  const manifest = it.bundle.manifests[run.asked.artifact]!;
  const runtime = run.answered.map(({ answer }) => answer.runtime).find((one) => one !== null) ?? null;
  const name = runtime?.name ?? artifact.runtime;
  return {
    status: run.status,
    reason: run.reason,
    run: {
      id: sha256(`run of job ${it.job}`).slice(0, 32),
      place: run.place,
      files: content.job.runs.length,
      started_at: moment(it.started_at_ms),
      seed: content.job.seed,
    },
    program: {
      name: "pocketseg-web-harness",
      version: it.program_version,
      commit: it.commit,
      build_type: "release",
      debugger: null,
      launch: it.launch,
    },
    manifest,
    manifest_sha256: it.bundle.manifestSha256(run.asked.artifact),
    runtime: {
      name,
      tool: runtime?.tool ?? null,
      version: runtime?.version ?? null,
      build: runtime?.build ?? null,
      threads_asked: run.asked.threads,
      threads: run.session?.threads ?? null,
      label: "",
      desktop_version: manifest.tools[TOOLS[name] ?? name] ?? null,
    },
    device: it.device.part,
    accelerator: null,
    start: null,
    end: null,
    conditions: null,
    load: null,
    memory: null,
    warm_up_runs: null,
    yardstick: null,
    clock: null,
    turns: [],
    end_to_end: [],
    golden: null,
    statistics: null,
    verdict: null,
    bundle: { sha256: it.bundle.sha256, job: it.job, run: run.place, content, results },
    unknown: {},
  };
}
