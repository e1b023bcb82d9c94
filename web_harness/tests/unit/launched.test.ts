// A worker as its launcher sees it: heard out, ended, and given up where it says nothing for too long.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Ended, WorkerLauncher } from "../../src/run/launcher";
import type { Said, StepAsked } from "../../src/worker/messages";
import { answerOf } from "./_job";

const ASKED = { ask: "step", kind: "turn" } as unknown as StepAsked;

/** A worker that says what it is told to. */
class Played {
  onmessage: ((event: { data: Said }) => void) | null = null;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;
  readonly heard: unknown[] = [];
  isGone = false;
  postMessage(asked: unknown): void {
    this.heard.push(asked);
  }
  terminate(): void {
    this.isGone = true;
  }
  say(data: Said): void {
    this.onmessage!({ data });
  }
}

function launched(limit_s: number, signal = new AbortController().signal) {
  const worker = new Played();
  const heard: Said[] = [];
  const found: { ended: Ended | null } = { ended: null };
  const launcher = new WorkerLauncher(() => worker as unknown as Worker);
  const over = launcher
    .launch(ASKED, (said) => heard.push(said), limit_s, signal)
    .then((ended) => {
      found.ended = ended;
    });
  return { worker, heard, found, over };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("is asked once it is ready, heard, and gone with its answer", async () => {
  const it = launched(60);
  it.worker.say({ say: "ready" });
  expect(it.worker.heard).toEqual([ASKED]);
  it.worker.say({ say: "phase", phase: "measuring" });
  it.worker.say({ say: "answer", answer: answerOf("turn") });
  await it.over;
  expect(it.found.ended).toMatchObject({ how: "answered" });
  expect(it.heard).toEqual([{ say: "phase", phase: "measuring" }]);
  expect(it.worker.isGone).toBe(true);
});

test("is given up after so many seconds of silence, counted from what it said last", async () => {
  const it = launched(60);
  await vi.advanceTimersByTimeAsync(50_000);
  it.worker.say({ say: "phase", phase: "warming up" });
  await vi.advanceTimersByTimeAsync(50_000);
  expect(it.found.ended).toBeNull();
  await vi.advanceTimersByTimeAsync(11_000);
  expect(it.found.ended).toEqual({ how: "hung", why: "it gave no answer within 60 s" });
  expect(it.worker.isGone).toBe(true);
});

test("is not blamed for time in which the page itself was stopped", async () => {
  const it = launched(60);
  await vi.advanceTimersByTimeAsync(10_000);
  const began = performance.now();
  const later = vi.spyOn(performance, "now").mockImplementation(() => began + 3_600_000);
  await vi.advanceTimersByTimeAsync(1000);
  expect(it.found.ended).toBeNull();
  later.mockRestore();
});

test("that dies, or leaves a damaged answer, is told of", async () => {
  const died = launched(60);
  died.worker.onerror!({ message: "out of memory", preventDefault: () => undefined });
  await died.over;
  expect(died.found.ended).toEqual({ how: "died", why: "its worker ended: out of memory" });
  const damaged = launched(60);
  damaged.worker.say({ say: "answer", answer: { status: "fine" } as never });
  await damaged.over;
  expect(damaged.found.ended).toMatchObject({ how: "died", why: expect.stringMatching(/damaged answer/) });
});

test("is ended at once where nobody wants it any more", async () => {
  const abort = new AbortController();
  const it = launched(60, abort.signal);
  abort.abort();
  await it.over;
  expect(it.found.ended).toEqual({ how: "stopped" });
  expect(it.worker.isGone).toBe(true);
});
