// What travels, typed as it lies in JSON: bundle.json, manifest.json and the record. Fields are those of docs/bundle.md and
// docs/record.md, names as there; a document is only trusted with these types once its reader has checked it.

export type Accelerator = "cpu" | "gpu" | "npu";
export type ArithmeticName = "float32" | "float16" | "int8";
export type Rgb = readonly [number, number, number];

/** A bundle.json that was checked. */
export interface BundleContent {
  readonly schema_version: string;
  readonly name: string;
  readonly made_by: { readonly name: string; readonly version: string };
  readonly job: Job;
  readonly data: { readonly name: string; readonly split: string; readonly hash: string };
  readonly classes: readonly string[];
  readonly colors_rgb: readonly Rgb[];
  readonly artifacts: readonly BundleArtifact[];
  readonly inputs: readonly {
    readonly file: string;
    readonly height_px: number;
    readonly width_px: number;
  }[];
  readonly networks: readonly {
    readonly model: string;
    readonly checkpoint_sha256: string;
    readonly height_px: number;
    readonly width_px: number;
  }[];
  readonly photos: readonly BundlePhoto[];
  readonly golden: readonly GoldenMaps[];
  readonly files: readonly ListedFile[];
}

/** What is to be run, and how long it may take. */
export interface Job {
  readonly runs: readonly AskedRun[];
  readonly seed: number;
  readonly passes: number;
  readonly limits: { readonly run_s: number; readonly total_s: number; readonly max_temp_c: number | null };
}

/** One run of the job: it gives one record. */
export interface AskedRun {
  readonly artifact: number;
  readonly accelerator: Accelerator;
  readonly threads: number;
}

export interface BundleArtifact {
  readonly name: string;
  readonly file: string;
  readonly manifest: string;
  readonly target: string;
  readonly runtime: string;
  readonly sha256: string;
  readonly size_bytes: number;
  readonly height_px: number;
  readonly width_px: number;
  readonly input: number;
  readonly network: number | null;
}

export interface BundlePhoto {
  readonly file: string;
  readonly height_px: number;
  readonly width_px: number;
  readonly original_sha256: string;
  readonly bundled_sha256: string;
  readonly label: string | null;
  readonly label_sha256: string | null;
}

export interface GoldenMaps {
  readonly maps: readonly string[];
  readonly network_maps: readonly string[] | null;
  readonly least_network_agreement: number;
  readonly arithmetic: ArithmeticName;
  readonly allowed: Readonly<Record<ArithmeticName, readonly number[]>>;
}

export interface ListedFile {
  readonly name: string;
  readonly sha256: string;
  readonly size_bytes: number;
}

/** A manifest.json that was checked, as far as a page needs it. */
export interface Manifest {
  readonly target: string;
  readonly model: string;
  readonly recipe: string;
  readonly precision: string;
  readonly output: string;
  readonly file: string;
  readonly sha256: string;
  readonly size_bytes: number;
  readonly input_height_px: number;
  readonly input_width_px: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly classes: readonly string[];
  readonly colors_rgb: readonly Rgb[];
  readonly checkpoint_sha256: string;
  readonly split_hash: string;
  readonly tools: Readonly<Record<string, string>>;
}

/** An input or an output: its name, and how its numbers lie and what they mean. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layout: string;
  readonly dtype: string;
  readonly scale: number | null;
  readonly zero_point: number | null;
  readonly normalization?: string;
}

// The parts of a record that measuring gives; null: not known, and `unknown` of the record says why.

export interface Reading {
  readonly integer_ms: number;
  readonly memory_ms: number;
}

export interface AcceleratorPart {
  readonly asked: Accelerator;
  readonly obtained: string | null;
  readonly nodes: number | null;
  readonly nodes_delegated: number | null;
  readonly fallback: string | null;
  readonly arithmetic?: ArithmeticName | null;
}

export interface RuntimePart {
  readonly name: string;
  readonly tool: string | null;
  readonly version: string | null;
  /** Which build of the library: record 1.4. */
  readonly build: string | null;
  readonly threads_asked: number;
  readonly threads: number | null;
  readonly label: string;
  readonly desktop_version?: string | null;
}

export interface DevicePart {
  readonly maker: string | null;
  readonly model: string | null;
  readonly soc: string | null;
  readonly cpu: string | null;
  readonly cpu_features: readonly string[] | null;
  readonly cores: number | null;
  readonly memory_bytes: number | null;
  readonly os: string | null;
  readonly python: null;
  readonly machine: string | null;
  readonly matrix_tiles: string | null;
  /** Name and version of the browser: record 1.4. */
  readonly browser: string | null;
  readonly simulator?: boolean | null;
}

export interface StatePart {
  readonly at: string;
  readonly power: "mains" | "battery" | null;
  readonly battery_c: number | null;
  readonly thermal: string | null;
  readonly low_power: boolean | null;
  readonly foreground: boolean | null;
  readonly busy_cores: number | null;
  readonly load_1min: number | null;
  readonly frequency_share: number | null;
  readonly governor: string | null;
}

export interface Turn {
  readonly number: number;
  readonly started_s: number;
  readonly before: Reading;
  readonly after: Reading;
  readonly wall_ms: number;
  readonly cpu_ms: number | null;
  readonly waited_ms: number | null;
  readonly others_ms: number | null;
  readonly stolen_ms: number | null;
  readonly switches: number | null;
  readonly batch: number;
  readonly at_ms: readonly number[];
  readonly pre_ms: readonly number[] | null;
  readonly execute_ms: readonly number[];
  readonly post_ms: readonly number[] | null;
  readonly device?: TurnDevice;
}

export interface TurnDevice {
  readonly battery_c: number | null;
  readonly power: "mains" | "battery" | null;
  readonly thermal: string | null;
  readonly cores: readonly number[] | null;
  readonly frequency_share: readonly number[] | null;
  readonly foreground: boolean | null;
}

export interface Passage {
  readonly at_s: number;
  readonly pre_ms: number;
  readonly execute_ms: number;
  readonly post_ms: number;
}

export interface LoadPart {
  readonly cold_ms: number | null;
  readonly warm_ms: number | null;
  readonly first_inference_ms: number | null;
  readonly cold_means: string;
  readonly state?: "first" | "cached" | null;
  readonly compile_ms?: number | null;
}

/** Record 1.4: the clock that timed the runs. */
export interface ClockPart {
  readonly step_ms: number;
}

export interface GoldenPart {
  readonly status: "passed" | "failed" | "not checked";
  readonly reason: string;
  readonly values: number;
  readonly max_abs_error: number | null;
  readonly tolerance: number | null;
}
