// One run as the screen shows it.

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
  ranOn: { readonly asked: string; readonly obtained: string | null },
): string {
  const runtime = [NAMES[tool] ?? tool, version, build].filter((part) => part !== null).join(" ");
  return `${runtime}, ${unitText(ranOn.asked, ranOn.obtained)}`;
}

/** As the desktop's tables say it: never that what was asked ran it, where that is not known. */
function unitText(asked: string, obtained: string | null): string {
  const wanted = UNITS[asked] ?? asked;
  if (obtained === null) return `${wanted} asked, not known to be obtained`;
  const unit = UNITS[obtained] ?? obtained;
  return asked === obtained ? unit : `${wanted} asked, ${unit} obtained`;
}

/** Return a run's row as far as it is known. `verdict`: once it is over. */
export function rowOf(run: JobRun, best: Best | null, planned: number, verdict: Verdict | null): RowSeen {
  const figures = best && run.turns.length > 0 && run.status === "ok" ? run.figures(best.reading) : null;
  const { session } = run;
  const facts = run.answered.at(-1)?.answer.runtime ?? null;
  return {
    run: run.place,
    file: run.file,
    state: run.state,
    reason: run.reason,
    backend:
      facts && session ? backendText(facts.tool, facts.version, facts.build, session.accelerator) : null,
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
