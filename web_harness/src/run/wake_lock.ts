// Keeps the screen on while a job runs, where the browser can; where not, the page says to keep it on by hand.

import type { Watch } from "./watch";

/** Whether this page may keep the screen on. */
export function canKeepScreenOn(): boolean {
  return "wakeLock" in navigator;
}

/** Keep the screen on until the function that is returned is called. A browser takes the lock away with each hiding. */
export function keepScreenOn(watch: Watch): () => void {
  if (!canKeepScreenOn()) return () => undefined;
  const over = new AbortController();
  void hold(watch, over.signal);
  return () => over.abort();
}

async function hold(watch: Watch, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await watch.untilVisible(signal);
    if (signal.aborted) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      await new Promise<void>((resolve) => {
        lock.addEventListener("release", () => resolve(), { once: true });
        signal.addEventListener("abort", () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      if (!lock.released) await lock.release();
    } catch {
      return; // the battery is low, or the person forbade it: the page says how the screen stays on
    }
  }
}
