// LiteRT.js: runs .tflite files. It has a build for every browser, and one with threads where memory can be shared.

import { type CompiledModel, type LiteRt, loadLiteRt, Tensor, type TypedArray } from "@litertjs/core";
import { version } from "@litertjs/core/package.json";
import type { AcceleratorPart } from "../contract/documents";
import type { RawOutput } from "../pixels/arrays";
import { type Backend, CannotRun, type RuntimeFacts, type Session, type Wanted } from "./backend";
import { canShareMemory, hasRelaxedSimd, whyNoGpu } from "./support";
import { elementType, numbersOf, quantizationOf, rawOutput } from "./tensors";

const AT_THE_EDGE = ["float32", "int32", "uint8"];
const COMPAT = "litert_wasm_compat_internal.js";
const THREADED = "litert_wasm_threaded_internal.js";

interface EmscriptenHooks {
  locateFile(name: string): string;
  mainScriptUrlOrBlob: string;
  print(text: string): void;
  printErr(text: string): void;
}

/** Return the backend. A worker loads one of its builds once, and keeps it. */
export function litertBackend(): Backend {
  let loaded: LiteRt | null = null;
  return {
    async open(wanted) {
      await refuseWhatItLacks(wanted);
      const { isThreaded, whyNot } = chooseBuild(wanted);
      const began = performance.now();
      loaded ??= await loadLibrary(wanted.runtimes_url, isThreaded);
      const library = performance.now();
      const threads = isThreaded ? wanted.threads : 1;
      const model = await loaded.loadAndCompile(wanted.model, {
        accelerator: wanted.accelerator === "gpu" ? "webgpu" : "wasm",
        cpuOptions: { numThreads: threads },
        gpuOptions: { precision: "fp32" },
      });
      const done = performance.now();
      const opening = { runtime_ms: done - began, file_ms: done - library };
      return new LitertOpened(model, wanted, isThreaded, threads, whyNot, opening);
    },
  };
}

async function refuseWhatItLacks(wanted: Wanted): Promise<void> {
  for (const spec of [...wanted.manifest.inputs, ...wanted.manifest.outputs]) {
    if (!AT_THE_EDGE.includes(spec.dtype)) {
      throw new CannotRun(
        `LiteRT.js takes and gives float32, int32 and uint8 alone, and ${spec.name} is ${spec.dtype}`,
      );
    }
  }
  if (wanted.accelerator === "gpu") {
    const why = await whyNoGpu();
    if (why !== null) throw new CannotRun(why);
  }
}

function chooseBuild(wanted: Wanted): { isThreaded: boolean; whyNot: string | null } {
  if (wanted.accelerator === "gpu" || wanted.threads <= 1) return { isThreaded: false, whyNot: null };
  if (!canShareMemory()) {
    return { isThreaded: false, whyNot: "one thread, as this page may not share memory between threads" };
  }
  if (!hasRelaxedSimd()) {
    return {
      isThreaded: false,
      whyNot: "one thread, as LiteRT.js has threads with relaxed SIMD alone, and this browser lacks that",
    };
  }
  return { isThreaded: true, whyNot: null };
}

/** Load one build. In a classic worker it would look for its WebAssembly beside the worker, so it is told where it lies. */
async function loadLibrary(folder: string, isThreaded: boolean): Promise<LiteRt> {
  const hooks: EmscriptenHooks = {
    locateFile: (name) => folder + name,
    mainScriptUrlOrBlob: folder + (isThreaded ? THREADED : COMPAT),
    print: () => undefined,
    printErr: () => undefined,
  };
  (globalThis as { Module?: EmscriptenHooks }).Module = hooks;
  // it warns of a missing graphics processor, which nobody asked for, at every load
  const { warn } = console;
  Object.assign(console, { warn: () => undefined });
  try {
    return isThreaded ? await loadLiteRt(folder, { threads: true }) : await loadLiteRt(folder + COMPAT);
  } finally {
    Object.assign(console, { warn });
  }
}

class LitertOpened implements Session {
  readonly facts: RuntimeFacts;
  readonly accelerator: AcceleratorPart;
  private readonly outputNames: readonly string[];
  private input: Tensor | null = null;
  private last: { shape: readonly number[]; dtype: string; data: TypedArray }[] | null = null;

  constructor(
    private readonly model: CompiledModel,
    private readonly wanted: Wanted,
    isThreaded: boolean,
    readonly threads: number,
    whyNot: string | null,
    readonly opening: Session["opening"],
  ) {
    const inputs = model.getInputDetails();
    if (inputs.length !== 1) throw new CannotRun(`it takes ${inputs.length} inputs, and a photo is one`);
    this.outputNames = model.getOutputDetails().map((one) => one.name);
    this.facts = {
      name: "litert",
      tool: "@litertjs/core",
      version,
      build: isThreaded ? "threaded" : "compat",
    };
    this.accelerator = acceleratorOf(model, wanted, whyNot);
  }

  fill(input: Uint8Array): void {
    const spec = this.wanted.manifest.inputs[0]!;
    this.input?.delete();
    this.input = new Tensor(numbersOf(elementType(spec.dtype), input) as TypedArray, [...spec.shape]);
  }

  async run(): Promise<void> {
    this.last = null; // so that what an earlier run gave is never taken for this one's
    const tensors = await this.model.run(this.input!);
    const found = [];
    for (const tensor of tensors) {
      const data = await tensor.data();
      found.push({ shape: [...tensor.type.layout.dimensions], dtype: tensor.type.dtype, data });
      tensor.delete();
    }
    this.last = found;
  }

  outputs(): RawOutput[] {
    if (!this.last) throw new Error("there is no output, as no run came to its end");
    return this.last.map(({ shape, dtype, data }, place) => {
      const name = this.outputNames[place] ?? "";
      return rawOutput(
        name,
        elementType(dtype),
        shape,
        data,
        quantizationOf(this.wanted.manifest.outputs, name),
      );
    });
  }

  close(): void {
    this.last = null;
    this.input?.delete();
    this.input = null;
    this.model.delete();
  }
}

function acceleratorOf(model: CompiledModel, wanted: Wanted, whyNot: string | null): AcceleratorPart {
  const part = {
    asked: wanted.accelerator,
    nodes: null,
    nodes_delegated: null,
    arithmetic: "float32",
  } as const;
  if (wanted.accelerator !== "gpu") return { ...part, obtained: "cpu", fallback: whyNot };
  if (model.options.accelerator !== "webgpu") {
    return {
      ...part,
      obtained: "cpu",
      fallback: "LiteRT.js could not put the whole file on WebGPU, and ran it on the processor",
    };
  }
  return model.isFullyAccelerated
    ? { ...part, obtained: "gpu", fallback: null }
    : { ...part, obtained: null, fallback: "LiteRT.js left some of the operations to the processor" };
}
