// A job without a browser: a bundle of a few pixels, workers that are played, a store, a clock and a page by hand.

import { encodeClassMap } from "../../src/contract/class_map_file";
import type { BundleContent, Job } from "../../src/contract/documents";
import { sha256 } from "../../src/contract/hashes";
import type { ClassMap } from "../../src/pixels/arrays";
import { Driver } from "../../src/run/driver";
import type { Driving } from "../../src/run/driving";
import { JOB_EFFORT } from "../../src/run/effort";
import { Journal } from "../../src/run/journal";
import type { Ended, Launcher } from "../../src/run/launcher";
import { OpenBundle } from "../../src/run/open_bundle";
import type { Reach } from "../../src/run/reach";
import type { JobSeen } from "../../src/run/seen";
import type { Sending } from "../../src/run/sending";
import { InMemory, type Store } from "../../src/run/store";
import type { Watch } from "../../src/run/watch";
import type { Answer, Said, StepAsked } from "../../src/worker/messages";

export const JOB = "0123456789abcdef0123456789abcdef";
export const SIDE = 40;
const HASH = "a".repeat(64);
const PHOTOS = 3;

/** Return the class map that a file gives of a photo. */
export function mapOf(photo: number): ClassMap {
  const classes = new Uint8Array(SIDE * SIDE);
  classes.fill(1, SIDE * (5 + photo), SIDE * 30);
  return { height_px: SIDE, width_px: SIDE, classes };
}

function manifestOf(place: number): object {
  const spec = { layout: "NCHW", dtype: "float32", scale: null, zero_point: null };
  return {
    target: "onnx",
    model: "small",
    recipe: "fp32",
    precision: "fp32",
    output: "logits",
    file: `small-${place}.onnx`,
    sha256: HASH,
    size_bytes: 3,
    input_height_px: 8,
    input_width_px: 8,
    preprocessing: {
      mean_rgb: [0.5, 0.5, 0.5],
      std_rgb: [0.5, 0.5, 0.5],
      orientation: "exif",
      color_order: "RGB",
      resize: "stretch",
      resampling: "pillow-bilinear",
      value_range: [0, 255],
    },
    inputs: [{ name: "image", shape: [1, 3, 8, 8], ...spec, value_range: [0, 255], normalization: "inside" }],
    outputs: [{ name: "logits", shape: [1, 2, 8, 8], ...spec, value_range: null, normalization: "none" }],
    classes: ["background", "thing"],
    colors_rgb: [
      [0, 0, 0],
      [255, 0, 0],
    ],
    checkpoint_sha256: HASH,
    lineage: ["small"],
    split_hash: "0123456789abcdef",
    calibration: {},
    parity: { status: "not measured", reason: "a test" },
    tools: { onnxruntime: "1.32.0" },
    facts: {},
    schema_version: 2,
  };
}

/** Return a bundle of two files and three photos. */
export function bundleOf(job: Partial<Job> = {}, files = 2): OpenBundle {
  const text = new TextEncoder();
  const bytes = new Map<string, Uint8Array>();
  bytes.set("inputs/8x8.rgb", new Uint8Array(8 * 8 * 3 * PHOTOS));
  for (let photo = 0; photo < PHOTOS; photo += 1) {
    bytes.set(`photos/${photo}.jpg`, new Uint8Array(4));
    bytes.set(`labels/${photo}.runs`, encodeClassMap(mapOf(photo)));
  }
  const places = Array.from({ length: files }, (_, place) => place);
  for (const place of places) {
    bytes.set(`artifacts/${place}/manifest.json`, text.encode(JSON.stringify(manifestOf(place))));
    bytes.set(`artifacts/${place}/model.onnx`, new Uint8Array(3));
    for (let photo = 0; photo < PHOTOS; photo += 1) {
      bytes.set(`golden/${place}/${photo}.runs`, encodeClassMap(mapOf(photo)));
    }
  }
  const photos = Array.from({ length: PHOTOS }, (_, photo) => photo);
  const allowed = photos.map(() => 0.01);
  const content: BundleContent = {
    schema_version: "1.0",
    name: "a test",
    made_by: { name: "pocketseg", version: "0.1.0" },
    job: {
      runs: places.map((artifact) => ({ artifact, accelerator: "cpu", threads: 1 })),
      seed: 7,
      passes: 6,
      limits: { run_s: 60, total_s: 3600, max_temp_c: null },
      ...job,
    },
    data: { name: "made up", split: "test", hash: "0123456789abcdef" },
    classes: ["background", "thing"],
    colors_rgb: [
      [0, 0, 0],
      [255, 0, 0],
    ],
    artifacts: places.map((place) => ({
      name: `small-${place}.onnx`,
      file: `artifacts/${place}/model.onnx`,
      manifest: `artifacts/${place}/manifest.json`,
      target: "onnx",
      runtime: "ort",
      sha256: HASH,
      size_bytes: 3,
      height_px: 8,
      width_px: 8,
      input: 0,
      network: null,
    })),
    inputs: [{ file: "inputs/8x8.rgb", height_px: 8, width_px: 8 }],
    networks: [],
    photos: photos.map((photo) => ({
      file: `photos/${photo}.jpg`,
      height_px: SIDE,
      width_px: SIDE,
      original_sha256: HASH,
      bundled_sha256: HASH,
      label: `labels/${photo}.runs`,
      label_sha256: HASH,
    })),
    golden: places.map((place) => ({
      maps: photos.map((photo) => `golden/${place}/${photo}.runs`),
      network_maps: null,
      least_network_agreement: 0,
      arithmetic: "float32",
      allowed: { float32: allowed, float16: allowed, int8: allowed },
    })),
    files: [...bytes]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, data]) => ({
        name,
        sha256: sha256(data),
        size_bytes: data.length,
      })),
  };
  return new OpenBundle(HASH, content, bytes);
}

/** Return a good answer. */
export function answerOf(kind: StepAsked["kind"]): Answer {
  const reading = { integer_ms: 0.1, memory_ms: 0.5 };
  return {
    status: "ok",
    reason: "",
    clock_step_ms: 0.005,
    runtime: { name: "ort", tool: "onnxruntime-web", version: "1.30.0", build: "wasm-simd-threaded" },
    session: {
      accelerator: {
        asked: "cpu",
        obtained: "cpu",
        nodes: null,
        nodes_delegated: null,
        fallback: null,
        arithmetic: "float32",
      },
      threads: 1,
    },
    opened: { runtime_ms: 100, file_ms: 50, first_ms: 20, warm_up_runs: 9, warm_up_ms: 500 },
    turn: {
      offset_ms: 700,
      before: reading,
      after: reading,
      wall_ms: 51,
      batch: 1,
      at_ms: [0, 10, 20, 30, 40],
      execute_ms: [10, 10.1, 10, 9.9, 10],
    },
    checked:
      kind === "first"
        ? { passages: [{ at_s: 1, pre_ms: 5, execute_ms: 10, post_ms: 3 }], load_again_ms: 60, why: "" }
        : null,
  };
}

/** Say all of a first step's class maps. */
export function sayMaps(hear: (said: Said) => void, map: (photo: number) => ClassMap = mapOf): void {
  for (const [place, photo] of [0, 1, 2, 0].entries()) {
    hear({ say: "map", photo, again: place === 3, runs: encodeClassMap(map(photo)) });
  }
}

/** What a played worker does in a step. */
export type Play = (
  asked: StepAsked,
  hear: (said: Said) => void,
  signal: AbortSignal,
  place: number,
) => Promise<Ended> | Ended;

/** A worker that does its work. */
export const WELL: Play = (asked, hear) => {
  if (asked.kind === "first") sayMaps(hear);
  return { how: "answered", answer: answerOf(asked.kind) };
};

/** Launches played workers, and counts them. */
export class Played implements Launcher {
  readonly launched: string[] = [];

  constructor(
    private readonly play: Play,
    private readonly clock: ClockByHand,
  ) {}

  async launch(
    asked: StepAsked,
    hear: (said: Said) => void,
    _limit: number,
    signal: AbortSignal,
  ): Promise<Ended> {
    const place = Number(asked.manifest.file.replace(/\D/g, ""));
    this.launched.push(`${place} ${asked.kind}`);
    this.clock.ms += 1000;
    return this.play(asked, hear, signal, place);
  }
}

export class ClockByHand {
  ms = 0;
  nowMs(): number {
    return this.ms;
  }
  epochMs(): number {
    return Date.UTC(2026, 0, 2) + this.ms;
  }
}

/** A page that is in front until it is told otherwise. */
export class PageByHand implements Watch {
  private visible = true;
  private left = 0;
  private readonly leavers = new Set<() => void>();
  private comers: (() => void)[] = [];

  isVisible(): boolean {
    return this.visible;
  }
  departures(): number {
    return this.left;
  }
  onLeave(hear: () => void): () => void {
    this.leavers.add(hear);
    return () => this.leavers.delete(hear);
  }
  untilVisible(signal: AbortSignal): Promise<void> {
    if (this.visible || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.comers.push(resolve);
      signal.addEventListener("abort", () => resolve());
    });
  }
  hide(): void {
    this.visible = false;
    this.left += 1;
    for (const hear of [...this.leavers]) hear();
  }
  show(): void {
    this.visible = true;
    for (const hear of this.comers.splice(0)) hear();
  }
}

/** A computer that answers until it is told otherwise. */
export class ReachByHand implements Reach {
  private there = true;
  private waiting: (() => void)[] = [];

  async isThere(): Promise<boolean> {
    return this.there;
  }
  untilThere(signal: AbortSignal): Promise<void> {
    if (this.there || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      signal.addEventListener("abort", () => resolve());
    });
  }
  goes(): void {
    this.there = false;
  }
  comes(): void {
    this.there = true;
    for (const hear of this.waiting.splice(0)) hear();
  }
}

/** A job that is driven by hand. `table`: what the browser keeps from one opening of the page to the next. */
export class JobByHand {
  readonly clock = new ClockByHand();
  readonly page = new PageByHand();
  readonly reach = new ReachByHand();
  readonly seen: JobSeen[] = [];
  readonly records = new Map<number, string>();
  readonly maps: string[] = [];
  readonly launcher: Played;
  readonly store: Store;
  readonly journal: Journal;
  readonly driver: Driver;

  constructor(
    play: Play = WELL,
    readonly bundle: OpenBundle = bundleOf(),
    table: Map<string, unknown> = new Map(),
    more: Partial<Driving> & { readonly sending?: Sending | null } = {},
  ) {
    this.launcher = new Played(play, this.clock);
    this.store = new InMemory(table, true);
    this.journal = new Journal(this.store, JOB);
    this.driver = new Driver({
      making: {
        bundle,
        job: JOB,
        started_at_ms: Date.UTC(2026, 0, 2),
        program_version: "0.1.0",
        commit: null,
        device: {
          part: {
            maker: null,
            model: null,
            soc: null,
            cpu: null,
            cpu_features: null,
            cores: 2,
            memory_bytes: null,
            os: "Linux",
            python: null,
            machine: "x86_64",
            matrix_tiles: null,
            browser: "Browser 1.0",
            simulator: null,
          },
          unknown: {},
        },
        yardstick: "javascript-1",
        launch: "page",
      },
      journal: this.journal,
      store: this.store,
      launcher: this.launcher,
      watch: this.page,
      reach: this.reach,
      clock: this.clock,
      sending: null,
      listener: {
        onJob: (seen) => this.seen.push(seen),
        onMap: (run, photo) => this.maps.push(`${run} ${photo}`),
        onRecord: (run, text) => this.records.set(run, text),
      },
      effort: { ...JOB_EFFORT, ceiling_s: 10, further_file_s: 1 },
      runtimes: { ort: "ort/", litert: "litert/" },
      page: "this page",
      earlierS: 0,
      ...more,
    });
  }

  /** Return a record's fields. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever fields a record has
  record(run: number): any {
    return JSON.parse(this.records.get(run) ?? "null");
  }
}
