// The parts of a record that are typed here and not beside the other documents, and the whole before it is written.

import type {
  AcceleratorPart,
  BundleContent,
  ClockPart,
  DevicePart,
  GoldenPart,
  LoadPart,
  Manifest,
  Passage,
  Reading,
  RuntimePart,
  StatePart,
  Turn,
} from "./documents";

export interface RunPart {
  readonly id: string;
  readonly place: number;
  readonly files: number;
  readonly started_at: string;
  readonly seed: number;
}

export interface ProgramPart {
  readonly name: string;
  readonly version: string;
  readonly commit: string | null;
  readonly build_type: "release" | "debug";
  readonly debugger: boolean | null;
  readonly launch: "page" | "test";
}

export interface ConditionsPart {
  readonly others_before: number | null;
  readonly others_during: number | null;
  readonly others_after: number | null;
  readonly stolen: number | null;
  readonly swapped_bytes: number | null;
}

export interface MemoryPart {
  readonly before_bytes: number | null;
  readonly loaded_bytes: number | null;
  readonly peak_bytes: number | null;
  readonly runs: number | null;
  readonly metric: "heap" | null;
}

export interface YardstickPart {
  readonly version: string;
  readonly best: (Reading & { readonly reached_at: string | null }) | null;
}

/** What src/method computes of the turns; the desktop scores the class maps. */
export interface StatisticsPart {
  readonly runs: number;
  readonly turns: number;
  readonly undisturbed_turns: number | null;
  readonly p50_ms: number | null;
  readonly p50_low_ms: number | null;
  readonly p50_high_ms: number | null;
  readonly p50_all_ms: number | null;
  readonly p90_ms: number | null;
  readonly p99_ms: number | null;
  readonly cv: number | null;
  readonly drift: number | null;
  readonly end_to_end_ms: number | null;
}

export interface VerdictPart {
  readonly verdict: "VALID" | "UNSTABLE" | "INVALID";
  readonly reasons: readonly string[];
}

/** What a run gave of a photo: the hash of its class map and its agreement with the golden one. */
export interface PhotoResult {
  readonly map_sha256: string | null;
  readonly agreement: number | null;
}

/** The bundle that a run is of: the hash of its bundle.json, its job's id, and which of its runs this is. */
export interface BundlePart {
  readonly sha256: string;
  readonly job: string;
  readonly run: number;
  readonly content: BundleContent;
  readonly results: readonly PhotoResult[];
}

/**
 * One run of one file in a browser, as it becomes a record. Null: not known, and `unknown` says why, by JSON pointer.
 * Reasons that hold of every browser, and of figures that the method does not give, need not be in it.
 */
export interface RecordDocument {
  readonly status: "ok" | "refused" | "failed";
  readonly reason: string;
  readonly run: RunPart;
  readonly program: ProgramPart;
  readonly manifest: Manifest;
  readonly manifest_sha256: string;
  readonly runtime: RuntimePart;
  readonly device: DevicePart;
  readonly accelerator: AcceleratorPart | null;
  readonly start: StatePart | null;
  readonly end: StatePart | null;
  readonly conditions: ConditionsPart | null;
  readonly load: LoadPart | null;
  readonly memory: MemoryPart | null;
  readonly warm_up_runs: number | null;
  readonly yardstick: YardstickPart | null;
  readonly clock: ClockPart | null;
  readonly turns: readonly Turn[];
  readonly end_to_end: readonly Passage[];
  readonly golden: GoldenPart | null;
  readonly statistics: StatisticsPart | null;
  readonly verdict: VerdictPart | null;
  readonly bundle: BundlePart;
  readonly unknown: Readonly<Record<string, string>>;
}
