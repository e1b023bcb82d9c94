// A worker's life: it answers what it is asked, one thing at a time, and says of everything that goes wrong what it was.

import { expect, test } from "vitest";
import type { Manifest } from "../../src/contract/documents";
import { type Backend, CannotRun } from "../../src/worker/backend";
import type { Asked, LookAsked, Said } from "../../src/worker/messages";
import { type Scope, serve } from "../../src/worker/serve";
import type { StepTools } from "../../src/worker/step";

const LOOK: LookAsked = {
  ask: "look",
  model: new Uint8Array(1),
  manifest: { inputs: [{}], outputs: [{}], input_height_px: 1, input_width_px: 1 } as unknown as Manifest,
  runtime: "ort",
  accelerator: "cpu",
  threads: 1,
  runtimes: { ort: "ort/", litert: "litert/" },
};
const picture = (id: number): Asked => ({
  ask: "picture",
  id,
  height_px: 1,
  width_px: 1,
  rgb: Uint8Array.of(id, 0, 0),
});

const tools = {
  now: () => 0,
  inputTensor: ({ rgb }) => rgb,
  resize: (one) => one,
  classMap: ([output]) => ({
    map: { height_px: 1, width_px: 1, classes: Uint8Array.of(output!.memory[0]!) },
    not_finite: 0,
  }),
} as Partial<StepTools> as StepTools;

/** Ask a worker whose file takes a while; return what it said. */
async function said(asked: readonly Asked[], more: Partial<Backend> = {}): Promise<Said[]> {
  let input = Uint8Array.of(0);
  let output = Uint8Array.of(0);
  const backend: Backend = {
    open: async () =>
      ({
        fill: (bytes: Uint8Array) => {
          input = new Uint8Array(bytes);
        },
        run: async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          output = input;
        },
        outputs: () => [{ memory: output }],
        close: () => undefined,
      }) as never,
    ...more,
  };
  const heard: Said[] = [];
  const scope: Scope = { onmessage: null, postMessage: (one) => heard.push(structuredClone(one)) };
  serve(scope, (runtime) => (runtime === "ort" ? backend : null), tools);
  for (const one of asked) scope.onmessage!({ data: one });
  while (heard.length < 1 + asked.length) await new Promise((resolve) => setTimeout(resolve, 5));
  return heard;
}

test("pictures that come at once are looked at one after another, each by its own pixels", async () => {
  const heard = await said([LOOK, picture(1), picture(2), picture(3)]);
  expect(heard.slice(0, 2)).toEqual([{ say: "ready" }, { say: "open" }]);
  const looked = heard.flatMap((one) => (one.say === "looked" ? [[one.id, one.map.classes[0]]] : []));
  expect(looked).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
});

test("a picture before any file, and a file that cannot run, are told", async () => {
  const [, early] = await said([picture(7)]);
  expect(early).toMatchObject({ say: "blind", id: 7, status: "failed" });
  const open = async () => {
    throw new CannotRun("this browser has no WebGPU");
  };
  const [, refused] = await said([LOOK], { open });
  expect(refused).toEqual({
    say: "blind",
    id: null,
    status: "refused",
    reason: "this browser has no WebGPU",
  });
  const [, unknown] = await said([{ ...LOOK, runtime: "executorch" }]);
  expect(unknown).toMatchObject({
    status: "refused",
    reason: expect.stringMatching(/no runtime executorch/),
  });
});
