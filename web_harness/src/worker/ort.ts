// onnxruntime-web: runs .onnx files. Its build without a graphics processor and the one with are two libraries of one form.

import type * as Library from "onnxruntime-web/wasm";
import type { AcceleratorPart } from "../contract/documents";
import type { RawOutput } from "../pixels/arrays";
import { type Backend, CannotRun, type RuntimeFacts, type Session, type Wanted } from "./backend";
import { canShareMemory, whyNoGpu } from "./support";
import { elementType, numbersOf, quantizationOf, rawOutput } from "./tensors";

type Ort = Pick<typeof Library, "env" | "InferenceSession" | "Tensor">;
type OrtSession = Library.InferenceSession;

/** Which library, and what a record calls its build. `runs_on`: the execution provider that it is taken for. */
export interface OrtBuild {
  readonly library: Ort;
  readonly build: string;
  readonly runs_on: "wasm" | "webgpu";
}

/** Return the backend of one build. A worker has one build and one number of threads for all its life. */
export function ortBackend(build: OrtBuild): Backend {
  return { open: (wanted) => open(build, wanted) };
}

async function open(it: OrtBuild, wanted: Wanted): Promise<Session> {
  const onGpu = it.runs_on === "webgpu";
  if (onGpu) {
    const why = await whyNoGpu();
    if (why !== null) throw new CannotRun(why);
  }
  const spec = wanted.manifest.inputs[0];
  if (!spec) throw new CannotRun("its manifest names no input");
  const wish = canShareMemory() && !onGpu ? wanted.threads : 1;
  const { env } = it.library;
  env.wasm.wasmPaths = wanted.runtimes_url;
  env.wasm.numThreads = wish;
  env.logLevel = "error";
  const began = performance.now();
  // the library is loaded with its first session, so a session of nothing tells what the library alone took
  await loadLibrary(it);
  const loaded = performance.now();
  const threads = Math.min(env.wasm.numThreads ?? wish, wish); // it sets another number where it has no threads
  const session = await it.library.InferenceSession.create(wanted.model, {
    executionProviders: [it.runs_on],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  });
  const done = performance.now();
  const facts: RuntimeFacts = {
    name: "ort",
    tool: "onnxruntime-web",
    version: env.versions.web ?? null,
    build: it.build,
  };
  return new OrtOpened(it.library, session, wanted, facts, accelerator(wanted, onGpu, threads), threads, {
    runtime_ms: done - began,
    file_ms: done - loaded,
  });
}

async function loadLibrary(it: OrtBuild): Promise<void> {
  try {
    await it.library.InferenceSession.create(new Uint8Array(0), { executionProviders: [it.runs_on] });
  } catch {
    // it refuses an empty file once it is loaded; where it could not be loaded, the next session says so
  }
}

function accelerator(wanted: Wanted, onGpu: boolean, threads: number): AcceleratorPart {
  return {
    asked: wanted.accelerator,
    obtained: onGpu ? null : "cpu",
    nodes: null,
    nodes_delegated: null,
    fallback: onGpu
      ? "onnxruntime-web does not say which operations it left to the processor"
      : threads < wanted.threads
        ? "one thread, as this page may not share memory between threads"
        : null,
    arithmetic: "float32",
  };
}

class OrtOpened implements Session {
  private readonly ort: Ort;
  private readonly session: OrtSession;
  private readonly wanted: Wanted;
  private readonly input: string;
  private feeds: Library.InferenceSession.FeedsType = {};
  private last: Library.InferenceSession.ReturnType | null = null;

  constructor(
    ort: Ort,
    session: OrtSession,
    wanted: Wanted,
    readonly facts: RuntimeFacts,
    readonly accelerator: AcceleratorPart,
    readonly threads: number,
    readonly opening: Session["opening"],
  ) {
    this.ort = ort;
    this.session = session;
    this.wanted = wanted;
    const name = wanted.manifest.inputs[0]!.name;
    if (session.inputNames.length !== 1) {
      throw new CannotRun(`it takes ${session.inputNames.length} inputs, and a photo is one`);
    }
    if (session.inputNames[0] !== name) {
      throw new CannotRun(`its input is not the one that its manifest names: ${name}`);
    }
    this.input = name;
  }

  fill(input: Uint8Array): void {
    const spec = this.wanted.manifest.inputs[0]!;
    const dtype = elementType(spec.dtype);
    const data = numbersOf(dtype, input);
    this.feeds = { [this.input]: new this.ort.Tensor(dtype as "float32", data as Float32Array, spec.shape) };
  }

  async run(): Promise<void> {
    this.last = null; // so that what an earlier run gave is never taken for this one's
    const found = await this.session.run(this.feeds);
    for (const name of this.session.outputNames) await found[name]!.getData();
    this.last = found;
  }

  outputs(): RawOutput[] {
    const found = this.last;
    if (!found) throw new Error("there is no output, as no run came to its end");
    return this.session.outputNames.map((name) => {
      const tensor = found[name]!;
      const data = tensor.data as ArrayBufferView;
      return rawOutput(
        name,
        elementType(tensor.type),
        tensor.dims,
        data,
        quantizationOf(this.wanted.manifest.outputs, name),
      );
    });
  }

  close(): void {
    this.last = null;
    void this.session.release();
  }
}
