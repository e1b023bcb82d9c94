// Whether the page's own host answers: a worker that cannot fetch its program or its runtime says nothing of its file.

const WITHIN_MS = 5000;
const PAUSES_MS = [500, 1000, 2000, 3000];

/** What is known of the way to the host of the page. */
export interface Reach {
  /** Whether it answers just now. */
  isThere(): Promise<boolean>;
  /** Resolve once it answers, or the signal says that nobody waits any more. */
  untilThere(signal: AbortSignal): Promise<void>;
}

/** Ask the host for a small file, past every cache. `ask`: fetches; `pause`: waits. */
export function reachOf(
  url: string,
  ask: typeof fetch = (...asked) => fetch(...asked),
  pause: (ms: number, signal: AbortSignal) => Promise<void> = waited,
): Reach {
  const isThere = async () => {
    try {
      const answer = await ask(url, { cache: "no-store", signal: AbortSignal.timeout(WITHIN_MS) });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  };
  return {
    isThere,
    async untilThere(signal) {
      for (let tries = 0; !signal.aborted && !(await isThere()); tries += 1) {
        await pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]!, signal);
      }
    },
  };
}

/** Wait, but no longer than until the signal, or until the browser says that there is a network again. */
function waited(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    addEventListener("online", done);
    if (signal.aborted) done();
  });
}
