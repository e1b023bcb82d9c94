// What this browser gives the page: looked at, never guessed from its name.

import type { BundleContent } from "../contract/documents";
import type { Here } from "./connection";

// A driver that is slow to answer holds nothing up.
const WITHIN_MS = 3000;

/** Return what is here. `clock_step_ms`: as measured. */
export async function hereOf(mode: Here["mode"], content: BundleContent): Promise<Here> {
  return {
    mode,
    is_secure: isSecureContext,
    is_isolated: globalThis.crossOriginIsolated === true,
    has_shared_memory: typeof SharedArrayBuffer === "function",
    gpu: await gpuOf(navigator),
    has_wake_lock: "wakeLock" in navigator && navigator.wakeLock !== undefined,
    has_camera: typeof navigator.mediaDevices?.getUserMedia === "function",
    clock_step_ms: clockStep(),
    threads_asked: Math.max(1, ...content.job.runs.map((run) => run.threads)),
    is_gpu_asked: content.job.runs.some((run) => run.accelerator === "gpu"),
  };
}

/** Return whether there is a graphics processor: that a browser has WebGPU says nothing of it. */
export async function gpuOf(
  browser: { readonly gpu?: { requestAdapter(): Promise<unknown> } },
  withinMs = WITHIN_MS,
): Promise<Here["gpu"]> {
  if (!browser.gpu) return "none";
  let late: ReturnType<typeof setTimeout> | undefined;
  try {
    const nothing = new Promise<null>((resolve) => {
      late = setTimeout(() => resolve(null), withinMs);
    });
    return (await Promise.race([browser.gpu.requestAdapter(), nothing])) ? "there" : "no adapter";
  } catch {
    return "no adapter";
  } finally {
    clearTimeout(late);
  }
}

/** Return the least step of the clock that was seen in 30 ms at most; null where it stood still. */
function clockStep(): number | null {
  let least = Number.POSITIVE_INFINITY;
  const begun = performance.now();
  let before = begun;
  for (let looks = 0; looks < 200_000; looks += 1) {
    const now = performance.now();
    if (now > before) least = Math.min(least, now - before);
    before = now;
    if (now - begun > 30) break;
  }
  return Number.isFinite(least) ? least : null;
}
