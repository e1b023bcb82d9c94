// What is shown of a job after a reload is what its records say.
import { describe, expect, it } from "vitest";
import { type RecordShown, rowOfRecord } from "../../src/app/kept_job";
import { unsentWords } from "../../src/app/page";
import type { OpenedBundle } from "../../src/app/parts";

const bundle = {
  content: {
    photos: [
      { height_px: 1, width_px: 30 },
      { height_px: 1, width_px: 10 },
    ],
  },
} as unknown as OpenedBundle;

const RECORD: RecordShown = {
  status: "ok",
  reason: "",
  runtime: { name: "ort", tool: "onnxruntime-web", version: "1.30.0", build: "wasm-simd", threads: 1 },
  accelerator: { asked: "gpu", obtained: "cpu" },
  turns: [{}, {}],
  golden: { status: "passed", reason: "" },
  statistics: { p50_ms: 12, p50_low_ms: 11, p50_high_ms: 13 },
  bundle: {
    photos: [
      { map_sha256: null, agreement: 1 },
      { map_sha256: null, agreement: 0.6 },
    ],
  },
  verdict: "UNSTABLE",
  verdict_reasons: ["it drifted"],
};

describe("a record as a row", () => {
  it("says what ran it, its figures, and agreement by pixels, not by photos", () => {
    expect(rowOfRecord(2, "net.onnx", RECORD, bundle)).toMatchObject({
      run: 2,
      file: "net.onnx",
      state: "ok",
      backend: "onnxruntime-web 1.30.0 wasm-simd, GPU asked, CPU obtained",
      threads: 1,
      turns: 2,
      p50_ms: 12,
      golden: "passed",
      agreement: (30 + 6) / 40,
      verdict: "UNSTABLE",
      verdict_reasons: ["it drifted"],
    });
  });

  it("of a file that was refused has its reason and no figures", () => {
    const refused: RecordShown = {
      ...RECORD,
      status: "refused",
      reason: "no WebGPU here",
      turns: [],
      golden: null,
      statistics: null,
      verdict: null,
      verdict_reasons: [],
      bundle: {
        photos: [
          { map_sha256: null, agreement: null },
          { map_sha256: null, agreement: null },
        ],
      },
    };
    expect(rowOfRecord(0, "net.onnx", refused, bundle)).toMatchObject({
      state: "refused",
      reason: "no WebGPU here",
      backend: null,
      p50_ms: null,
      agreement: null,
      golden: null,
      verdict: null,
    });
  });
});

it("what was not sent says whether waiting helps", () => {
  expect(unsentWords({ kind: "gone", message: "" })).toMatch(/when it is back/);
  expect(unsentWords({ kind: "over", message: "" })).toMatch(/new link/);
  expect(unsentWords({ kind: "refused", message: "its seal does not fit" })).toMatch(/its seal does not fit/);
});
