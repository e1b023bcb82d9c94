// Starts a worker for one step, hears it out, and ends it: whatever a file does to its worker, the page goes on.

import type { Answer, Said, StepAsked } from "../worker/messages";
import { AnswerRefused, readAnswer } from "./answers";

/** How a step's worker ended. */
export type Ended =
  | { readonly how: "answered"; readonly answer: Answer }
  | { readonly how: "died"; readonly why: string }
  | { readonly how: "hung"; readonly why: string }
  | { readonly how: "stopped" };

export interface Launcher {
  /**
   * Take a step in a fresh worker. `hear`: what it says before its answer. `limit_s`: the longest that it may be silent.
   * `signal`: ends it at once. The worker is gone, with its memory, when this returns.
   */
  launch(asked: StepAsked, hear: (said: Said) => void, limit_s: number, signal: AbortSignal): Promise<Ended>;
}

const LOOK_EVERY_MS = 500;
const MOST_COUNTED_MS = 2000;

/** Launches real workers: `make` starts one that runs worker/serve.ts. */
export class WorkerLauncher implements Launcher {
  constructor(private readonly make: (asked: StepAsked) => Worker) {}

  launch(asked: StepAsked, hear: (said: Said) => void, limit_s: number, signal: AbortSignal): Promise<Ended> {
    if (signal.aborted) return Promise.resolve({ how: "stopped" });
    return new Promise((resolve) => {
      const worker = this.make(asked);
      let silentMs = 0;
      let lookedAt = performance.now();
      // time in which the page itself was stopped does not count: it shows as a long gap between two looks
      const timer = setInterval(() => {
        const now = performance.now();
        silentMs += Math.min(now - lookedAt, MOST_COUNTED_MS);
        lookedAt = now;
        if (silentMs >= limit_s * 1000) end({ how: "hung", why: `it gave no answer within ${limit_s} s` });
      }, LOOK_EVERY_MS);
      const stop = () => end({ how: "stopped" });
      const end = (ended: Ended) => {
        clearInterval(timer);
        signal.removeEventListener("abort", stop);
        worker.terminate();
        resolve(ended);
      };
      signal.addEventListener("abort", stop);
      worker.onerror = (event) => {
        event.preventDefault();
        end({ how: "died", why: `its worker ended: ${event.message || "the browser does not say why"}` });
      };
      worker.onmessageerror = () => end({ how: "died", why: "its worker said what cannot be read" });
      worker.onmessage = ({ data }: MessageEvent<Said>) => {
        silentMs = 0;
        try {
          if (data.say === "ready") worker.postMessage(asked);
          else if (data.say === "answer") end({ how: "answered", answer: readAnswer(data.answer) });
          else hear(data);
        } catch (error) {
          const why =
            error instanceof AnswerRefused ? `it left a damaged answer: ${error.message}` : String(error);
          end({ how: "died", why });
        }
      };
    });
  }
}
