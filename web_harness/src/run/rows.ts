// One run as the screen shows it.

import { statisticsOf } from "../method/statistics";
import type { Verdict } from "../method/verdict";
import type { Best } from "./best_kept";
import type { JobRun } from "./job_run";
import type { RowSeen } from "./seen";

/** Where a package's name says little to people. */
const NAMES: Readonly<Record<string, string>> = { "@litertjs/core": "LiteRT.js" };
const UNITS: Readonly<Record<string, string>> = { cpu: "CPU", gpu: "GPU", npu: "NPU" };

/** Return what ran a file, as the table shows it: onnxruntime-web 1.30.0 simd, CPU. */
export function backendText(
  tool: string,
  version: string | null,
  build: string | null,
  ranOn: string,
): string {
  const unit = UNITS[ranOn] ?? ranOn;
  return `${[NAMES[tool] ?? tool, version, build].filter((part) => part !== null).join(" ")}, ${unit}`;
}

/** Return a run's row as far as it is known. `verdict`: once it is over. */
export function rowOf(run: JobRun, best: Best | null, planned: number, verdict: Verdict | null): RowSeen {
  const figures =
    best && run.turns.length > 0 && run.status === "ok"
      ? statisticsOf(run.turns, best.reading, run.threads)
      : null;
  const { session } = run;
  const facts = run.answered.at(-1)?.answer.runtime ?? null;
  const ranOn = session?.accelerator.obtained ?? session?.accelerator.asked ?? null;
  return {
    run: run.place,
    file: run.file,
    state: run.state,
    reason: run.reason,
    backend: facts && ranOn ? backendText(facts.tool, facts.version, facts.build, ranOn) : null,
    threads: session?.threads ?? null,
    turns: run.turns.length,
    turns_planned: planned,
    p50_ms: figures?.p50_ms ?? null,
    p50_low_ms: figures?.p50_low_ms ?? null,
    p50_high_ms: figures?.p50_high_ms ?? null,
    miou: run.judged?.miou ?? null,
    golden: run.judged?.golden.status ?? null,
    golden_reason: run.judged?.golden.reason ?? "",
    agreement: run.judged?.agreement ?? null,
    verdict: verdict?.kind ?? null,
    verdict_reasons: verdict?.reasons ?? [],
  };
}
