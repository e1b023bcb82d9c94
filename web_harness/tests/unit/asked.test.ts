// What a worker is asked: its file, the first photo at its input, and, of a first step, every photo and the first one's file.

import { expect, test } from "vitest";
import { OpenBundle, typeOf } from "../../src/run/open_bundle";
import { modelAsked, stepAsked } from "../../src/run/step_asked";
import { TURN_EFFORT } from "../../src/worker/effort";
import { bundleOf, SIDE } from "./_job";

const RUNTIMES = { ort: "ort/", litert: "litert/" };
const RUN = { artifact: 1, accelerator: "cpu", threads: 3 } as const;

/** A bundle whose photos and models have bytes of their own. */
function ownBytes(): OpenBundle {
  const { sha256, content } = bundleOf();
  const { files } = bundleOf() as unknown as { readonly files: Map<string, Uint8Array> };
  files.set(
    "inputs/8x8.rgb",
    Uint8Array.from({ length: 3 * 192 }, (_, at) => 1 + Math.floor(at / 192)),
  );
  for (const photo of [0, 1, 2]) files.set(`photos/${photo}.jpg`, Uint8Array.of(40 + photo));
  for (const place of [0, 1]) files.set(`artifacts/${place}/model.onnx`, new Uint8Array(3).fill(70 + place));
  return new OpenBundle(sha256, content, files);
}

test("a first step is asked for with all photos at its input, their sizes, and the first one's own file", () => {
  const bundle = ownBytes();
  const asked = stepAsked(bundle, RUN, "first", RUNTIMES);
  expect(asked).toMatchObject({
    ask: "step",
    kind: "first",
    runtime: "ort",
    threads: 3,
    effort: TURN_EFFORT,
  });
  expect([...asked.model]).toEqual([71, 71, 71]);
  expect(asked.manifest.file).toBe("small-1.onnx");
  expect(asked.outputs).toEqual({
    rgb: bundle.inputs(0),
    photos: Array(3).fill({ height_px: SIDE, width_px: SIDE }),
    photo: Uint8Array.of(40),
    photo_type: "image/jpeg",
  });
});

test("a turn is asked for with the first photo alone, and posting it copies no other", () => {
  const asked = stepAsked(ownBytes(), RUN, "turn", RUNTIMES);
  expect(asked.outputs).toBeNull();
  expect(asked.effort).toEqual(TURN_EFFORT);
  expect([...asked.rgb]).toEqual(Array(192).fill(1));
  expect(asked.rgb.buffer.byteLength).toBe(192);
});

test("a package of files is no file to open, and the runtime that is asked for says so", () => {
  const { sha256, content } = bundleOf();
  const { files } = bundleOf() as unknown as { readonly files: Map<string, Uint8Array> };
  const [first, second] = content.artifacts;
  const artifacts = [first!, { ...second!, file: "artifacts/1/net.mlpackage", runtime: "coreml" }];
  const asked = modelAsked(new OpenBundle(sha256, { ...content, artifacts }, files), RUN, RUNTIMES);
  expect(asked.model).toHaveLength(0);
  expect(asked.runtime).toMatch(/^coreml, which opens packages/);
});

test("a photo's type is that of its name's ending", () => {
  expect(["0.jpg", "a.b/1.png", "2.webp"].map(typeOf)).toEqual(["image/jpeg", "image/png", "image/webp"]);
});
