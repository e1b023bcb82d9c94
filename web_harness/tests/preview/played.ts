// A bundle's folder as it lies, and a job that says what a case wants to see on the screen; no number of it is a measurement.

import type { OpenedBundle, Parts } from "../../src/app/parts";
import type { BundleArtifact, BundleContent, Manifest } from "../../src/contract/documents";
import type { ClassMap, Picture } from "../../src/pixels/arrays";
import type { Looked } from "../../src/run/looker";
import type { JobSeen, RowSeen } from "../../src/run/seen";

export async function played(name: string): Promise<Parts> {
  const content = grown((await (await fetch("bundle/bundle.json")).json()) as BundleContent, name);
  const manifests = await Promise.all(
    content.artifacts.map(async (one) => (await (await fetch(`bundle/${one.manifest}`)).json()) as Manifest),
  );
  const bundle: OpenedBundle = {
    content,
    manifests,
    photo: async (place) => (await fetch(`bundle/${content.photos[place]!.file}`)).blob(),
    label: async (place) => {
      const { label } = content.photos[place]!;
      return label === null ? null : runs(label);
    },
    golden: (artifact, photo) => runs(content.golden[artifact]!.maps[photo]!),
  };
  return {
    session: {
      mode: name === "static" ? "static" : "serve",
      bundle: "0".repeat(64),
      bundle_url: "bundle/",
      results_url: null,
      runtimes: { ort: "", litert: "" },
      program_version: "0.1.0",
      commit: null,
    },
    keepsResults: async () => name !== "running",
    isReload: false,
    tellKept: async () => false,
    sendKept: async () => undefined,
    open: async (onBytes) => {
      onBytes(9_000_000, 22_900_000);
      if (name === "loading") await new Promise(() => undefined);
      return bundle;
    },
    hasUnfinished: async () => name === "resume",
    start: async (heard) => {
      const seen = job(content, name);
      const first = bundle.golden(0, 0);
      void first.then(async () => {
        for (let run = 0; run < content.job.runs.length; run += 1)
          for (let photo = 0; photo < content.photos.length; photo += 1) {
            const map = await bundle.golden(content.job.runs[run]!.artifact, photo);
            heard.onMap(run, photo, name === "finished" ? nudged(map) : map);
          }
      });
      heard.onJob(seen);
      for (const row of seen.rows) {
        if (row.state === "ok") heard.onRecord(row.run, "");
        if (row.state === "ok" && row.run !== 2) heard.onTaken(row.run);
      }
      if (name === "running") heard.onUnsent({ kind: "gone", message: "" });
      const ended = seen.state !== "running" && seen.state !== "paused";
      return {
        job: seen.job,
        cancel: () => undefined,
        ended: ended ? Promise.resolve(seen) : new Promise<JobSeen>(() => undefined),
      };
    },
    resultsZip: async () => ({ name: "results.zip", blob: new Blob(["x"]) }),
    openLooker: async () => ({
      look: async (picture): Promise<Looked> => ({ map: striped(picture), run_ms: 23.4, whole_ms: 61.2 }),
      close: () => undefined,
    }),
    decode,
  };
}

function grown(content: BundleContent, name: string): BundleContent {
  if (name !== "many") return content;
  const artifacts: BundleArtifact[] = [];
  const golden = [];
  for (let place = 0; place < 20; place += 1) {
    artifacts.push(content.artifacts[place % content.artifacts.length]!);
    golden.push(content.golden[place % content.golden.length]!);
  }
  return {
    ...content,
    name: "garments-of-the-street-and-the-studio-with-a-very-long-name_2026-11-29",
    artifacts,
    golden,
    job: {
      ...content.job,
      runs: artifacts.map((_, artifact) => ({
        artifact,
        accelerator: artifact % 7 === 6 ? "gpu" : "cpu",
        threads: 4,
      })),
    },
  };
}

function job(content: BundleContent, name: string): JobSeen {
  const rows = content.job.runs.map((asked, run): RowSeen => {
    const artifact = content.artifacts[asked.artifact]!;
    const ready: RowSeen = {
      run,
      file: artifact.name,
      state: "ok",
      reason: "",
      backend:
        artifact.target === "onnx" ? "onnxruntime-web 1.30.0 wasm-simd" : "LiteRT.js 2.5.3 wasm-compat",
      threads: 1,
      turns: 12,
      turns_planned: 12,
      p50_ms: 24.31 + 31 * ((run * 5) % 7),
      p50_low_ms: 23.9 + 30 * ((run * 5) % 7),
      p50_high_ms: 25.6 + 33 * ((run * 5) % 7),
      miou: 0.5913,
      golden: "passed",
      agreement: 0.99987,
      verdict: run === 1 ? "UNSTABLE" : "VALID",
      verdict_reasons:
        run === 1 ? ["the device got slower by 6.1 % during the run, so that it may be warm"] : [],
    };
    const bare: RowSeen = {
      ...ready,
      state: "waiting",
      backend: null,
      threads: null,
      turns: 0,
      p50_ms: null,
      p50_low_ms: null,
      p50_high_ms: null,
      miou: null,
      golden: null,
      agreement: null,
      verdict: null,
      verdict_reasons: [],
    };
    if (name === "nothing") return bare;
    if (name === "further")
      return {
        ...ready,
        state: "measuring",
        turns: run === 0 ? 12 : 14,
        verdict: null,
        p50_ms: run === 0 ? 0.0431 : ready.p50_ms,
      };
    if (name === "running" || name === "paused") {
      if (run === 0)
        return { ...ready, state: "measuring", turns: 3, verdict: null, p50_low_ms: null, p50_high_ms: null };
      if (run === 1) return { ...bare, state: "checking", backend: ready.backend, threads: 1 };
      return bare;
    }
    if (name === "many" && run % 5 === 3)
      return {
        ...bare,
        state: "failed",
        reason: "loading model.tflite takes longer than 600 s, which is the limit of this bundle",
      };
    if (name === "many" && run % 7 === 6)
      return {
        ...bare,
        state: "refused",
        reason: "this browser has no WebGPU (navigator.gpu is not there: the page came over plain http)",
      };
    if (name === "many" && run === 4)
      return {
        ...ready,
        golden: "failed",
        agreement: 0.4127,
        verdict: "INVALID",
        verdict_reasons: [
          "photo 3 agrees on 41.27 % of its pixels, and 99.10 % are needed: it looks as if the classes upper_body and lower_body were exchanged",
          "the page was hidden during turn 4",
        ],
      };
    return ready;
  });
  const state =
    name === "paused" ? "paused" : ["running", "nothing", "further"].includes(name) ? "running" : "finished";
  return {
    job: "0".repeat(32),
    state,
    reason:
      name === "paused"
        ? "The page is hidden or the screen is off, and times of a hidden page are no measurement."
        : "",
    phase:
      name === "further"
        ? `pass 15 beyond the plan, ${rows[1]!.file}: measuring`
        : `${rows[0]!.file}: whole passages`,
    further_left_s: name === "further" ? 52 : null,
    steps_done: name === "further" ? 51 : 7,
    steps_planned: 48,
    seconds_left: name === "further" ? null : 74,
    rows,
  };
}

async function runs(name: string): Promise<ClassMap> {
  const bytes = new Uint8Array(await (await fetch(`bundle/${name}`)).arrayBuffer());
  const view = new DataView(bytes.buffer);
  const height_px = view.getUint32(5, true);
  const width_px = view.getUint32(9, true);
  const classes = new Uint8Array(height_px * width_px);
  for (let at = 13, to = 0; at < bytes.length; ) {
    const place = bytes[at]!;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      at += 1;
      length |= (bytes[at]! & 127) << shift;
      if (bytes[at]! < 128) break;
    }
    at += 1;
    classes.fill(place, to, to + length);
    to += length;
  }
  return { height_px, width_px, classes };
}

/** A map that differs along its edges, so that there is a difference to see. */
function nudged(map: ClassMap): ClassMap {
  const classes = map.classes.slice();
  classes.copyWithin(2, 0, classes.length - 2);
  return { ...map, classes };
}

function striped(picture: Picture): ClassMap {
  const classes = new Uint8Array(picture.height_px * picture.width_px);
  for (let at = 0; at < classes.length; at += 1) {
    const row = Math.floor(at / picture.width_px) / picture.height_px;
    const column = (at % picture.width_px) / picture.width_px;
    classes[at] =
      column < 0.3 || column > 0.7 ? 0 : row > 0.25 && row < 0.55 ? 1 : row < 0.85 && row > 0.5 ? 2 : 0;
  }
  return { height_px: picture.height_px, width_px: picture.width_px, classes };
}

async function decode(file: Blob): Promise<Picture> {
  const image = await createImageBitmap(file);
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d")!;
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const rgb = new Uint8Array(3 * image.width * image.height);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) rgb.set(data.subarray(from, from + 3), to);
  return { height_px: image.height, width_px: image.width, rgb };
}
