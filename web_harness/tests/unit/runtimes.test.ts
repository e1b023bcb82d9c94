// The two runtimes' adapters over libraries that are played: what is handed over, what is copied, and what is said of it.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Manifest } from "../../src/contract/documents";
import { CannotRun, type Wanted } from "../../src/worker/backend";
import { litertBackend } from "../../src/worker/litert";
import { type OrtBuild, ortBackend } from "../../src/worker/ort";
import { numbersOf, quantizationOf, rawOutput } from "../../src/worker/tensors";

const played = vi.hoisted(() => ({
  loaded: [] as unknown[],
  made: [] as { values: ArrayLike<number>; isGone: boolean }[],
  asked: [] as { accelerator: string; cpuOptions: { numThreads: number } }[],
  accelerator: "wasm",
  isFullyAccelerated: true,
  fails: false,
  memory: new Float32Array([1, 2, 3, 4]),
}));

vi.mock("@litertjs/core", () => {
  class Tensor {
    isGone = false;
    constructor(
      readonly values: ArrayLike<number>,
      readonly shape: number[],
    ) {
      played.made.push(this);
    }
    delete() {
      this.isGone = true;
    }
  }
  const run = async (input: Tensor) => {
    if (played.fails) throw new Error("out of memory");
    if (input.isGone) throw new Error("its input is gone");
    played.memory[0] = input.values[0]!;
    return [
      {
        type: { layout: { dimensions: [1, 4] }, dtype: "float32" },
        data: async () => played.memory,
        delete: () => undefined,
      },
    ];
  };
  return {
    Tensor,
    loadLiteRt: async (path: string, options?: unknown) => {
      played.loaded.push([path, options]);
      return {
        loadAndCompile: async (_model: unknown, options: (typeof played.asked)[number]) => {
          played.asked.push(options);
          return {
            options: { accelerator: played.accelerator },
            isFullyAccelerated: played.isFullyAccelerated,
            getInputDetails: () => [{ name: "image" }],
            getOutputDetails: () => [{ name: "logits" }],
            run,
            delete: () => undefined,
          };
        },
      };
    },
  };
});

const SPEC = { shape: [1, 4], layout: "NCHW", dtype: "float32", scale: null, zero_point: null };
const MANIFEST = {
  inputs: [{ name: "image", ...SPEC }],
  outputs: [{ name: "logits", ...SPEC }],
} as unknown as Manifest;

function wanted(more: Partial<Wanted> = {}): Wanted {
  return {
    model: new Uint8Array(1),
    manifest: MANIFEST,
    accelerator: "cpu",
    threads: 1,
    runtimes_url: "runtimes/",
    ...more,
  };
}

const bytes = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const first = (memory: Uint8Array) => new Float32Array(memory.slice().buffer)[0];

/** As a page that may share memory, or may not, with or without a graphics processor. */
function standing(isIsolated: boolean, adapter: unknown = null): void {
  vi.stubGlobal("crossOriginIsolated", isIsolated);
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => adapter } });
}

beforeEach(() => {
  standing(false);
  Object.assign(played, { loaded: [], made: [], asked: [], accelerator: "wasm", isFullyAccelerated: true });
  played.fails = false;
});
afterEach(() => vi.unstubAllGlobals());

/** An onnxruntime-web whose outputs lie elsewhere until they are asked for. */
function ortPlayed(goesDownTo: number | null = null) {
  const env = { wasm: {} as { numThreads?: number; wasmPaths?: string }, versions: { web: "1.30.0" } };
  let fails = false;
  const create = async (model: Uint8Array) => {
    if (goesDownTo !== null) env.wasm.numThreads = goesDownTo;
    if (model.length === 0) throw new Error("no model");
    return {
      inputNames: ["image"],
      outputNames: ["logits"],
      release: async () => undefined,
      run: async (feeds: Record<string, { data: Float32Array }>) => {
        if (fails) throw new Error("out of memory");
        let here: Float32Array | null = null;
        return {
          logits: {
            type: "float32",
            dims: [1, 4],
            get data() {
              if (!here) throw new Error("it lies with the graphics processor");
              return here;
            },
            getData: async () => {
              here = feeds.image!.data.slice();
              return here;
            },
          },
        };
      },
    };
  };
  class Tensor {
    constructor(
      readonly type: string,
      readonly data: Float32Array,
    ) {}
  }
  const library = { env, InferenceSession: { create }, Tensor } as unknown as OrtBuild["library"];
  return { env, library, fail: () => (fails = true) };
}

describe("onnxruntime-web", () => {
  const cpu = (library: OrtBuild["library"]) =>
    ortBackend({ library, build: "wasm-simd-threaded", runs_on: "wasm" });

  test("has its output in hand once a run is over", async () => {
    const session = await cpu(ortPlayed().library).open(wanted());
    session.fill(bytes(5, 6, 7, 8));
    await session.run();
    expect(first(session.outputs()[0]!.memory)).toBe(5);
  });

  test("never gives an earlier run's output for one that did not come to its end", async () => {
    const it = ortPlayed();
    const session = await cpu(it.library).open(wanted());
    session.fill(bytes(5, 6, 7, 8));
    await session.run();
    it.fail();
    await expect(session.run()).rejects.toThrow(/memory/);
    expect(() => session.outputs()).toThrow(/no output/);
  });

  test("takes the threads that are asked for where memory can be shared, else one, and says why", async () => {
    standing(true);
    const many = await cpu(ortPlayed().library).open(wanted({ threads: 4 }));
    expect([many.threads, many.accelerator.fallback]).toEqual([4, null]);
    standing(false);
    const it = ortPlayed();
    const one = await cpu(it.library).open(wanted({ threads: 4 }));
    expect([one.threads, it.env.wasm.numThreads]).toEqual([1, 1]);
    expect(one.accelerator.fallback).toMatch(/one thread/);
  });

  test("says one thread where the library went down to one by itself", async () => {
    standing(true);
    const one = await cpu(ortPlayed(1).library).open(wanted({ threads: 4 }));
    expect(one.threads).toBe(1);
    expect(one.accelerator.fallback).toMatch(/one thread/);
  });

  test("on WebGPU has one thread, and is not known to have run there", async () => {
    standing(true, {});
    const gpu = ortBackend({ library: ortPlayed().library, build: "webgpu", runs_on: "webgpu" });
    const session = await gpu.open(wanted({ accelerator: "gpu", threads: 4 }));
    expect(session.threads).toBe(1);
    expect(session.accelerator).toMatchObject({ asked: "gpu", obtained: null });
    expect(session.accelerator.fallback).toMatch(/does not say/);
    expect(session.facts).toMatchObject({ version: "1.30.0", build: "webgpu" });
  });

  test("on WebGPU is refused where there is no graphics processor", async () => {
    const gpu = ortBackend({ library: ortPlayed().library, build: "webgpu", runs_on: "webgpu" });
    await expect(gpu.open(wanted({ accelerator: "gpu" }))).rejects.toThrow(CannotRun);
  });
});

describe("LiteRT.js", () => {
  test("gives a run's output, copied, so that the next run does not change it", async () => {
    const session = await litertBackend().open(wanted());
    session.fill(bytes(5, 6, 7, 8));
    await session.run();
    const [before] = session.outputs();
    session.fill(bytes(9, 6, 7, 8));
    await session.run();
    expect([first(before!.memory), first(session.outputs()[0]!.memory)]).toEqual([5, 9]);
  });

  test("gives memory back with each input that another takes the place of", async () => {
    const session = await litertBackend().open(wanted());
    for (let photo = 0; photo < 3; photo += 1) session.fill(bytes(photo, 0, 0, 0));
    expect(played.made.map(({ isGone }) => isGone)).toEqual([true, true, false]);
  });

  test("never gives an earlier run's output for one that did not come to its end", async () => {
    const session = await litertBackend().open(wanted());
    session.fill(bytes(5, 6, 7, 8));
    await session.run();
    played.fails = true;
    await expect(session.run()).rejects.toThrow(/memory/);
    expect(() => session.outputs()).toThrow(/no output/);
  });

  test("takes its build with threads where memory can be shared, else the one that runs everywhere, and says why", async () => {
    standing(true);
    const knows = vi.spyOn(WebAssembly, "validate").mockReturnValue(true);
    const many = await litertBackend().open(wanted({ threads: 4 }));
    knows.mockReturnValue(false);
    const plain = await litertBackend().open(wanted({ threads: 4 }));
    knows.mockRestore();
    expect([plain.threads, plain.facts.build]).toEqual([1, "compat"]);
    expect(plain.accelerator.fallback).toMatch(/relaxed SIMD/);
    expect([many.threads, many.facts.build, many.accelerator.fallback]).toEqual([4, "threaded", null]);
    standing(false);
    const one = await litertBackend().open(wanted({ threads: 4 }));
    expect([one.threads, one.facts.build]).toEqual([1, "compat"]);
    expect(one.accelerator.fallback).toMatch(/one thread/);
    expect(played.asked.map(({ cpuOptions }) => cpuOptions.numThreads)).toEqual([4, 1, 1]);
  });

  test("says that WebGPU ran a file only where all of it is there", async () => {
    standing(false, {});
    const opened = async (accelerator: string, isWhole: boolean) => {
      Object.assign(played, { accelerator, isFullyAccelerated: isWhole });
      return (await litertBackend().open(wanted({ accelerator: "gpu" }))).accelerator;
    };
    expect(await opened("webgpu", true)).toMatchObject({ obtained: "gpu", fallback: null });
    expect(await opened("webgpu", false)).toMatchObject({ obtained: null });
    expect(await opened("wasm", true)).toMatchObject({ obtained: "cpu" });
  });

  test("refuses numbers that it does not take", async () => {
    const manifest = { ...MANIFEST, inputs: [{ ...MANIFEST.inputs[0]!, dtype: "int8" }] } as Manifest;
    await expect(litertBackend().open(wanted({ manifest }))).rejects.toThrow(/int8/);
  });
});

describe("numbers between bytes and arrays", () => {
  test("are copies, both ways", () => {
    const input = bytes(1, 2);
    const numbers = numbersOf("float32", input);
    input.fill(0);
    expect([...(numbers as Float32Array)]).toEqual([1, 2]);
    const memory = new Float32Array([0, 3, 4]);
    const output = rawOutput("logits", "float32", [2], memory.subarray(1), { scale: null, zero_point: null });
    memory.fill(0);
    expect(first(output.memory)).toBe(3);
  });

  test("lie row by row", () => {
    const none = { scale: null, zero_point: null };
    const output = rawOutput("logits", "float32", [1, 2, 3, 4], new Float32Array(24), none);
    expect(output.strides_bytes).toEqual([96, 48, 16, 4]);
  });

  test("are scaled as the manifest says of an output of that name, or of the only one", () => {
    const one = { name: "a", scale: 0.5, zero_point: 3 };
    const other = { name: "b", scale: 2, zero_point: 1 };
    expect(quantizationOf([one, other], "b")).toEqual({ scale: 2, zero_point: 1 });
    expect(quantizationOf([one], "of another name")).toEqual({ scale: 0.5, zero_point: 3 });
    expect(quantizationOf([one, other], "c")).toEqual({ scale: null, zero_point: null });
  });
});
