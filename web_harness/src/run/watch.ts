// Whether the page is in front: only the main thread hears of it, so the driver decides what a turn is worth.

/** What is known of the page's place on the screen. */
export interface Watch {
  isVisible(): boolean;
  /** How often the page left the front since it was opened, so that a turn knows whether it was there all the time. */
  departures(): number;
  /** Call when the page leaves the front; returns how to stop listening. */
  onLeave(hear: () => void): () => void;
  /** Resolve once the page is in front, or the signal says that nobody waits any more. */
  untilVisible(signal: AbortSignal): Promise<void>;
}

/** Watch this page. `pagehide` and `freeze` count too, as phones stop a page without hiding it first. */
export function watchPage(page: Document = document, scope: Window = window): Watch {
  let departures = 0;
  const leavers = new Set<() => void>();
  const comers = new Set<() => void>();
  const isVisible = () => page.visibilityState === "visible";
  const left = () => {
    departures += 1;
    for (const hear of [...leavers]) hear();
  };
  const came = () => {
    if (isVisible()) for (const hear of [...comers]) hear();
  };
  page.addEventListener("visibilitychange", () => (isVisible() ? came() : left()));
  page.addEventListener("freeze", left);
  page.addEventListener("resume", came);
  scope.addEventListener("pagehide", left);
  scope.addEventListener("pageshow", came);
  return {
    isVisible,
    departures: () => departures,
    onLeave(hear) {
      leavers.add(hear);
      return () => leavers.delete(hear);
    },
    untilVisible(signal) {
      if (isVisible() || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          comers.delete(done);
          signal.removeEventListener("abort", done);
          resolve();
        };
        comers.add(done);
        signal.addEventListener("abort", done);
      });
    },
  };
}
