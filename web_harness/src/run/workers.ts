// Starts the page's workers: one program for the processor, one for WebGPU.

import type { Accelerator } from "../contract/documents";

/** Start the worker that runs files on this accelerator. */
export function makeWorker(accelerator: Accelerator): Worker {
  return accelerator === "gpu"
    ? new Worker(new URL("../worker/turn_gpu.ts", import.meta.url), { name: "gpu" })
    : new Worker(new URL("../worker/turn.ts", import.meta.url), { name: "turn" });
}
