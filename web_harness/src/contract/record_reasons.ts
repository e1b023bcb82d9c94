// Why something is null in a record: what the caller says, and what holds of every browser or follows from the method.

import type { RecordDocument, StatisticsPart } from "./record_parts";
import { reasonText } from "./texts";

const SCORED_ELSEWHERE = "the computer that made the bundle scores the class maps";
const FEW_TURNS = "there are too few turns";
const FEW_RUNS = "there are too few runs, or samples are means";

/** What no browser says of the device that it runs on; a caller that knows more says its own. */
const OF_BROWSERS: Readonly<Record<string, string>> = {
  "/device/maker": "the browser does not say",
  "/device/model": "the browser does not say",
  "/device/soc": "the browser does not say",
  "/device/cpu": "the browser does not say",
  "/device/cpu_features": "the browser does not say",
  "/device/cores": "the browser does not say",
  "/device/memory_bytes": "the browser does not say, or only roughly",
  "/device/os": "the browser does not say",
  "/device/browser": "the browser does not say",
  "/device/machine": "the browser does not say",
  "/device/python": "no Python drove it",
  "/device/matrix_tiles": "a page cannot see them",
  "/device/simulator": "a page cannot see it",
  "/conditions": "a page cannot see what else the device does",
  "/memory": "browsers do not say it in a way that compares",
  "/program/commit": "the page does not know it",
  "/program/debugger": "a page cannot see it",
  "/quality": SCORED_ELSEWHERE,
};
const STATE = [
  "power",
  "battery_c",
  "thermal",
  "low_power",
  "busy_cores",
  "load_1min",
  "frequency_share",
  "governor",
];
const CONDITIONS = ["others_before", "others_during", "others_after", "stolen", "swapped_bytes"];
const MEMORY = ["before_bytes", "loaded_bytes", "peak_bytes", "runs", "metric"];
const TURN = ["cpu_ms", "waited_ms", "others_ms", "stolen_ms", "switches"];
const TURN_DEVICE = ["battery_c", "power", "thermal", "cores", "frequency_share"];

/** Return `unknown`: a reason for what may be null, by JSON pointer, sorted; what the caller says goes before all. */
export function reasonsOf(document: RecordDocument): Readonly<Record<string, string>> {
  const found = new Map(Object.entries(OF_BROWSERS));
  const hidden = (where: string, names: readonly string[], reason: string) => {
    for (const name of names) found.set(`${where}/${name}`, reason);
  };
  hidden("/state/start", STATE, "a page cannot see it");
  hidden("/state/end", STATE, "a page cannot see it");
  hidden("/conditions", CONDITIONS, "a page cannot see it");
  hidden("/memory", MEMORY, "browsers do not say it in a way that compares");
  hidden("/turns/*", TURN, "a page cannot see it");
  hidden("/turns/*/device", TURN_DEVICE, "a page cannot see it");
  hidden("/turns/*", ["pre_ms", "post_ms"], "it is not part of a run here");
  addOfAccelerator(found, document);
  addOfParts(found, document);
  if (document.statistics) addOfStatistics(found, document.statistics);
  for (const [place, reason] of Object.entries(document.unknown)) found.set(place, reason);
  const sorted = [...found].sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([place, reason]) => [place, reasonText(reason)]).filter(([, reason]) => reason !== ""),
  );
}

function addOfAccelerator(found: Map<string, string>, { accelerator }: RecordDocument): void {
  found.set("/accelerator/nodes", "the runtime does not say");
  found.set("/accelerator/nodes_delegated", "the runtime does not say");
  found.set("/accelerator/arithmetic", "the runtime does not say");
  found.set("/accelerator/obtained", "the runtime does not say");
  if (accelerator && accelerator.obtained === accelerator.asked) {
    found.set("/accelerator/fallback", "it is what was asked");
  }
}

/** Of parts that are null as a whole where the file did not run: why it did not. */
function addOfParts(found: Map<string, string>, document: RecordDocument): void {
  if (document.runtime.desktop_version == null) {
    found.set("/runtime/desktop_version", "the file's manifest does not say");
  }
  found.set("/load/compile_ms", "the runtime does not tell it apart from loading");
  found.set("/load/state", "the browser does not say whether it had compiled the runtime before");
  found.set("/yardstick/best", "it is not known yet");
  found.set("/yardstick/best/reached_at", "it was measured for this run alone");
  if (document.reason === "") return;
  for (const place of ["/accelerator", "/state/start", "/state/end", "/load", "/yardstick", "/golden"]) {
    found.set(place, document.reason);
  }
  for (const place of ["/statistics", "/verdict", "/warm_up_runs", "/runtime/threads", "/runtime/version"]) {
    found.set(place, document.reason);
  }
  found.set("/bundle/photos/*/map_sha256", document.reason);
  found.set("/bundle/photos/*/agreement", document.reason);
}

function addOfStatistics(found: Map<string, string>, it: StatisticsPart): void {
  const say = (reason: string, names: readonly (keyof StatisticsPart)[]) => {
    for (const name of names) if (it[name] === null) found.set(`/statistics/${name}`, reason);
  };
  say("the turns were not judged", ["undisturbed_turns"]);
  say(FEW_TURNS, ["p50_ms", "p50_low_ms", "p50_high_ms", "p50_all_ms", "drift"]);
  say(FEW_RUNS, ["p90_ms", "p99_ms", "cv"]);
  say("no whole passage was taken", ["end_to_end_ms"]);
  for (const name of ["miou", "miou_low", "miou_high", "iou"]) {
    found.set(`/statistics/${name}`, SCORED_ELSEWHERE);
  }
}
