// A record of a browser as it is before it is written, made of the bundle of conformance/cases.

import { readFileSync } from "node:fs";
import { openBundle, readManifestOf, type ZippedBundle } from "../../src/contract/bundle_files";
import type { StatePart, Turn } from "../../src/contract/documents";
import type { RecordDocument } from "../../src/contract/record_parts";

export const CASES = new URL("../../../conformance/cases/", import.meta.url);

export function caseBytes(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(file, CASES)));
}

export function sampleBundle(): ZippedBundle {
  return openBundle(caseBytes("bundles/bundle.bin"));
}

const STATE: StatePart = {
  at: "2026-01-02T03:04:05.678Z",
  power: null,
  battery_c: null,
  thermal: null,
  low_power: null,
  foreground: true,
  busy_cores: null,
  load_1min: null,
  frequency_share: null,
  governor: null,
};

function turn(number: number): Turn {
  return {
    number,
    started_s: number,
    before: { integer_ms: 10, memory_ms: 11 },
    after: { integer_ms: 10.5, memory_ms: 11.5 },
    wall_ms: 100,
    cpu_ms: null,
    waited_ms: null,
    others_ms: null,
    stolen_ms: null,
    switches: null,
    batch: 1,
    at_ms: [0, 10],
    pre_ms: null,
    execute_ms: [8.5, 9],
    post_ms: null,
    device: {
      battery_c: null,
      power: null,
      thermal: null,
      cores: null,
      frequency_share: null,
      foreground: true,
    },
  };
}

export function sampleRecord(): RecordDocument {
  const bundle = sampleBundle();
  const { content } = bundle;
  return {
    status: "ok",
    reason: "",
    run: { id: "0".repeat(32), place: 0, files: 1, started_at: STATE.at, seed: content.job.seed },
    program: {
      name: "pocketseg",
      version: "0.1.0",
      commit: null,
      build_type: "release",
      debugger: null,
      launch: "page",
    },
    manifest: readManifestOf(content, 0, bundle.read(content.artifacts[0]!.manifest)),
    manifest_sha256: "a".repeat(64),
    runtime: {
      name: "ort",
      tool: "onnxruntime-web",
      version: "1.30.0",
      build: null,
      threads_asked: 4,
      threads: 1,
      label: "",
    },
    device: {
      maker: null,
      model: null,
      soc: null,
      cpu: null,
      cpu_features: null,
      cores: 8,
      memory_bytes: null,
      os: "Android 16",
      python: null,
      machine: null,
      matrix_tiles: null,
      browser: "Chrome 156",
    },
    accelerator: {
      asked: "cpu",
      obtained: "cpu",
      nodes: null,
      nodes_delegated: null,
      fallback: null,
      arithmetic: null,
    },
    start: STATE,
    end: STATE,
    conditions: null,
    load: { cold_ms: 50, warm_ms: 20, first_inference_ms: 12, cold_means: "nothing was compiled before" },
    memory: null,
    warm_up_runs: 7,
    yardstick: { version: "javascript-1", best: null },
    clock: { step_ms: 0.1 },
    turns: [turn(0), turn(1)],
    end_to_end: [{ at_s: 1, pre_ms: 2, execute_ms: 8, post_ms: 3 }],
    golden: { status: "passed", reason: "", values: 100, max_abs_error: 0, tolerance: 0.1 },
    statistics: {
      runs: 4,
      turns: 2,
      undisturbed_turns: 2,
      p50_ms: null,
      p50_low_ms: null,
      p50_high_ms: null,
      p50_all_ms: 8.75,
      p90_ms: null,
      p99_ms: null,
      cv: null,
      drift: null,
      end_to_end_ms: 13,
    },
    verdict: { verdict: "INVALID", reasons: ["2 turns are too few (5 are needed)"] },
    bundle: {
      sha256: bundle.sha256,
      job: "1".repeat(32),
      run: 0,
      content,
      results: content.photos.map(() => ({ map_sha256: "b".repeat(64), agreement: 1 })),
    },
    unknown: {},
  };
}

/** The same file where it could not run. */
export function refusedRecord(reason: string): RecordDocument {
  return {
    ...sampleRecord(),
    status: "refused",
    reason,
    runtime: { ...sampleRecord().runtime, version: null, threads: null },
    accelerator: null,
    start: null,
    end: null,
    load: null,
    warm_up_runs: null,
    yardstick: null,
    clock: null,
    turns: [],
    end_to_end: [],
    golden: null,
    statistics: null,
    verdict: null,
    bundle: { ...sampleRecord().bundle, results: [] },
  };
}
