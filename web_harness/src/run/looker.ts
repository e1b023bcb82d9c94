// A file that stays open in a worker to look at pictures: the person's own photos and the camera's.

import type { AskedRun } from "../contract/documents";
import type { ClassMap, Picture } from "../pixels/arrays";
import type { Asked, RuntimeFolders, Said } from "../worker/messages";
import type { OpenBundle } from "./open_bundle";
import { modelAsked } from "./step_asked";
import { makeWorker } from "./workers";

/** A picture's class map at the picture's size. `run_ms`: the file alone; `whole_ms`: with resizing and argmax. */
export interface Looked {
  readonly map: ClassMap;
  readonly run_ms: number;
  readonly whole_ms: number;
}

/** A file that is open to look at pictures, one after another. */
export interface Looker {
  /** Return a picture's class map; the picture's bytes are copied. Throws Error with a sentence for people. */
  look(picture: Picture): Promise<Looked>;
  close(): void;
}

interface Waiting {
  resolve(looked: Looked): void;
  reject(error: Error): void;
}

/** Open a file of a bundle. Throws Error where it cannot run here, or does not open in the time that the bundle gives a run. */
export function openLooker(
  bundle: OpenBundle,
  artifact: number,
  runtimes: RuntimeFolders,
  make: () => Worker = () => makeWorker("cpu"),
): Promise<Looker> {
  const { runs, limits } = bundle.content.job;
  const threads = Math.max(1, ...runs.map((run) => run.threads));
  const run: AskedRun = { artifact, accelerator: "cpu", threads };
  const worker = make();
  const waiting = new Map<number, Waiting>();
  let next = 0;
  const say = (asked: Asked) => worker.postMessage(asked);
  const end = (why: string) => {
    worker.terminate();
    for (const { reject } of waiting.values()) reject(new Error(why));
    waiting.clear();
  };
  const looker: Looker = {
    look: (picture) =>
      within(
        limits.run_s,
        (why) => end(why),
        new Promise((resolve, reject) => {
          const id = next++;
          waiting.set(id, { resolve, reject });
          say({ ask: "picture", id, ...picture });
        }),
      ),
    close: () => end("the file was closed"),
  };
  return within(
    limits.run_s,
    () => worker.terminate(),
    new Promise((resolve, reject) => {
      const fail = (why: string) => {
        reject(new Error(why));
        end(why);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        fail(`the file's worker ended: ${event.message || "the browser does not say why"}`);
      };
      worker.onmessageerror = () => fail("the file's worker said what cannot be read");
      worker.onmessage = ({ data }: MessageEvent<Said>) => {
        if (data.say === "ready") say({ ask: "look", ...modelAsked(bundle, run, runtimes) });
        else if (data.say === "open") resolve(looker);
        else if (data.say === "looked") {
          const { map, run_ms, all_ms } = data;
          waiting.get(data.id)?.resolve({ map, run_ms, whole_ms: all_ms });
          waiting.delete(data.id);
        } else if (data.say === "blind") {
          if (data.id === null) return fail(data.reason);
          waiting.get(data.id)?.reject(new Error(data.reason));
          waiting.delete(data.id);
        }
      };
    }),
  );
}

/** Wait for an answer, but not forever. `late`: told why, once that is so. */
async function within<T>(longestS: number, late: (why: string) => void, answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const never = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const why = `the file gave no answer within ${longestS} s`;
      reject(new Error(why));
      late(why);
    }, longestS * 1e3);
  });
  try {
    return await Promise.race([answer, never]);
  } finally {
    clearTimeout(timer);
  }
}
