// Why something is null in a record: what the caller says, and what holds of every browser or follows from the method.

import type { Writable } from "./json_writer";
import type { RecordDocument } from "./record_parts";
import { escapeStep } from "./schema";
import { reasonText } from "./texts";
import { fits, type Step } from "./unexplained_null";

const SAYS_NOT = "the browser does not say";
const CANNOT_SEE = "a page cannot see it";
const RUNTIME_SAYS_NOT = "the runtime does not say";
const NOT_MEASURED = "it was not measured";
const FEW_TURNS = "there are too few turns";
const FEW_RUNS = "there are too few runs, or samples are means";
const SCORED_ELSEWHERE = "the computer that made the bundle scores the class maps";
const NO_MEMORY = "browsers do not say it in a way that compares";

type Reasons = Readonly<Record<string, string>>;

/** What holds where nobody says better; of two that fit the first counts. */
const USUAL: Reasons = {
  "/program/commit": "the page does not know it",
  "/program/debugger": CANNOT_SEE,
  "/artifact/manifest_sha256": "there was no manifest",
  "/runtime/desktop_version": "the file's manifest does not say",
  ...each("/runtime", ["tool", "version", "build", "threads"], RUNTIME_SAYS_NOT),
  "/device/python": "no Python drove it",
  ...each("/device", ["matrix_tiles", "simulator"], CANNOT_SEE),
  "/device/memory_bytes": "the browser does not say it, or only roughly",
  ...each("/device", ["maker", "model", "soc", "cpu", "cpu_features", "cores", "os", "machine"], SAYS_NOT),
  "/device/browser": SAYS_NOT,
  ...each("/accelerator", ["obtained", "nodes", "nodes_delegated", "arithmetic"], RUNTIME_SAYS_NOT),
  "/conditions": "a page cannot see what else the device does",
  ...each("/conditions", ["others_before", "others_during", "others_after"], CANNOT_SEE),
  ...each("/conditions", ["stolen", "swapped_bytes"], CANNOT_SEE),
  ...ofState("/state/start"),
  ...ofState("/state/end"),
  "/load/compile_ms": "the runtime does not tell it apart from loading",
  "/load/state": "the browser does not say what it had compiled before",
  ...each("/load", ["cold_ms", "warm_ms", "first_inference_ms"], NOT_MEASURED),
  "/memory": NO_MEMORY,
  ...each("/memory", ["before_bytes", "loaded_bytes", "peak_bytes", "runs", "metric"], NO_MEMORY),
  "/yardstick/best": "it is not known yet",
  "/yardstick/best/reached_at": "it was measured for this run alone",
  ...each("/turns/*", ["cpu_ms", "waited_ms", "others_ms", "stolen_ms", "switches"], CANNOT_SEE),
  ...each("/turns/*", ["pre_ms", "post_ms"], "it is not part of a run here"),
  ...each("/turns/*/device", ["battery_c", "power", "thermal", "cores", "frequency_share"], CANNOT_SEE),
  "/turns/*/device/foreground": SAYS_NOT,
  ...each("/golden", ["max_abs_error", "tolerance"], "it was not checked"),
  "/quality": SCORED_ELSEWHERE,
  "/statistics/undisturbed_turns": "the turns were not judged",
  ...each("/statistics", ["p50_ms", "p50_low_ms", "p50_high_ms", "p50_all_ms", "drift"], FEW_TURNS),
  ...each("/statistics", ["p90_ms", "p99_ms", "cv"], FEW_RUNS),
  "/statistics/end_to_end_ms": "no whole passage was taken",
  ...each("/statistics", ["miou", "miou_low", "miou_high", "iou"], SCORED_ELSEWHERE),
  "/bundle/photos/*/map_sha256": "the file did not run that far",
  "/bundle/photos/*/agreement": "there is no map",
  ...each("", ["accelerator", "load", "yardstick", "golden", "statistics", "warm_up_runs"], NOT_MEASURED),
  ...each("/state", ["start", "end"], "the device was not looked at"),
};

/** What is null because the file did not run, where the caller says no better. */
const OF_ENDED = [
  ...[
    "/accelerator",
    "/state/start",
    "/state/end",
    "/load",
    "/yardstick",
    "/golden",
    "/statistics",
    "/verdict",
  ],
  ...["/warm_up_runs", "/accelerator/obtained", "/runtime/threads", "/runtime/version", "/runtime/build"],
  ...["/bundle/photos/*/map_sha256", "/bundle/photos/*/agreement"],
];

/**
 * Return `unknown`: a reason for each null of `json`, by JSON pointer, sorted; a null for which there is none is left.
 *
 * What the caller says goes before all, and then that the file did not run.
 */
export function reasonsOf(document: RecordDocument, json: Writable): Reasons {
  const ended = Object.fromEntries(document.reason === "" ? [] : OF_ENDED.map((it) => [it, document.reason]));
  const { obtained = null, asked = null } = document.accelerator ?? {};
  const fallback =
    obtained === null
      ? { "/accelerator/fallback": "it is not known what ran it" }
      : obtained === asked
        ? { "/accelerator/fallback": "it is what was asked" }
        : {};
  const known = [document.unknown, ended, fallback, USUAL].flatMap((reasons) =>
    Object.entries(reasons).map(([place, reason]) => ({ place, steps: place.split("/"), reason })),
  );
  const found = new Map<string, string>();
  for (const steps of nullsOf(json)) {
    const entry = known.find((one) => one.reason !== "" && fits(one.steps, steps));
    if (entry) found.set(entry.place, reasonText(entry.reason));
  }
  return Object.fromEntries([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function* nullsOf(value: Writable): Generator<readonly Step[]> {
  if (value === null) yield [];
  else if (Array.isArray(value)) {
    if (typeof value[0] === "number") return; // samples, by the thousand
    for (const [place, inside] of value.entries())
      yield* within({ text: String(place), isPlace: true }, inside);
  } else if (typeof value === "object") {
    for (const [name, inside] of Object.entries(value)) {
      yield* within({ text: escapeStep(name), isPlace: false }, inside);
    }
  }
}

function* within(step: Step, inside: Writable): Generator<readonly Step[]> {
  for (const steps of nullsOf(inside)) yield [step, ...steps];
}

function ofState(where: string): Reasons {
  const names = ["power", "battery_c", "thermal", "low_power", "busy_cores", "load_1min", "frequency_share"];
  return { ...each(where, [...names, "governor"], CANNOT_SEE), ...each(where, ["foreground"], SAYS_NOT) };
}

function each(where: string, names: readonly string[], reason: string): Reasons {
  return Object.fromEntries(names.map((name) => [`${where}/${name}`, reason]));
}
