// What this browser gives the page: looked at, never guessed from its name.

import type { BundleContent } from "../contract/documents";
import type { Here } from "./connection";

/** Return what is here. `clock_step_ms`: as measured. */
export function hereOf(mode: Here["mode"], content: BundleContent): Here {
  return {
    mode,
    is_secure: isSecureContext,
    is_isolated: globalThis.crossOriginIsolated === true,
    has_shared_memory: typeof SharedArrayBuffer === "function",
    has_gpu: "gpu" in navigator && navigator.gpu !== undefined,
    has_wake_lock: "wakeLock" in navigator && navigator.wakeLock !== undefined,
    has_camera: typeof navigator.mediaDevices?.getUserMedia === "function",
    clock_step_ms: clockStep(),
    threads_asked: Math.max(1, ...content.job.runs.map((run) => run.threads)),
    is_gpu_asked: content.job.runs.some((run) => run.accelerator === "gpu"),
  };
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
