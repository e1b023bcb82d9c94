// The table of results, and what is said of a job.
import { describe, expect, it } from "vitest";
import { announcements } from "../../src/app/announcer";
import { nameOf, type TableFacts, tableOf } from "../../src/app/table_model";
import { jobLine, rowLine, stepLine } from "../../src/app/words";
import type { BundleContent, Manifest } from "../../src/contract/documents";
import type { JobSeen, RowSeen } from "../../src/run/seen";

const content = {
  job: {
    runs: [
      { artifact: 0, accelerator: "cpu", threads: 1 },
      { artifact: 0, accelerator: "gpu", threads: 1 },
    ],
  },
  artifacts: [{ name: "net-fp32-320x192.onnx", target: "onnx" }],
} as unknown as BundleContent;
const manifests = [{ model: "net", precision: "fp32", recipe: "fp32" }] as unknown as Manifest[];

const WAITING: RowSeen = {
  run: 0,
  file: "net-fp32-320x192.onnx",
  state: "waiting",
  reason: "",
  backend: null,
  threads: null,
  turns: 0,
  turns_planned: 12,
  p50_ms: null,
  p50_low_ms: null,
  p50_high_ms: null,
  miou: null,
  golden: null,
  agreement: null,
  verdict: null,
  verdict_reasons: [],
};
const READY: RowSeen = {
  ...WAITING,
  state: "ok",
  backend: "ort 1.30.0 simd, CPU",
  threads: 1,
  turns: 12,
  p50_ms: 20,
  p50_low_ms: 19,
  p50_high_ms: 22,
  miou: 0.59,
  golden: "passed",
  agreement: 0.99999,
  verdict: "VALID",
};
const facts = (rows: RowSeen[], more: Partial<TableFacts> = {}): TableFacts => ({
  content,
  manifests,
  rows,
  deliveries: new Map(),
  is_over: false,
  mode: "serve",
  ...more,
});
const job = (more: Partial<JobSeen>): JobSeen => ({
  job: "a",
  state: "running",
  reason: "",
  phase: "",
  steps_done: 3,
  steps_planned: 10,
  seconds_left: 40,
  rows: [READY, { ...WAITING, run: 1 }],
  ...more,
});

describe("the table", () => {
  it("names a file by network, precision and target, and the unit where it is not the CPU", () => {
    expect([nameOf(0, content, manifests), nameOf(1, content, manifests)]).toEqual([
      "net fp32 onnx",
      "net fp32 onnx on GPU",
    ]);
  });

  it("shows time, interval, scores and bars of a file that is ready", () => {
    const [row] = tableOf(facts([READY, { ...READY, run: 1, p50_ms: 40, p50_low_ms: 39, p50_high_ms: 44 }]));
    expect(row).toMatchObject({
      title: "net",
      tags: ["fp32", "onnx"],
      runs_on: "ort 1.30.0 simd, CPU, 1 thread",
      time: "20.0 ms",
      interval: "19.0 – 22.0 ms",
      miou: "0.5900",
      agreement: "99.99 %",
      bar: { low: 19 / 44, middle: 20 / 44, high: 22 / 44 },
    });
  });

  it("shows nothing where nothing is known yet, and no bar", () => {
    expect(tableOf(facts([WAITING]))[0]).toMatchObject({
      time: "–",
      miou: "–",
      agreement: "–",
      golden: null,
      bar: null,
      delivery: null,
      state: { mark: "none", text: "Waits for its turn" },
    });
  });

  it("says that a first time is not the last", () => {
    const [row] = tableOf(facts([{ ...READY, state: "measuring", verdict: null, p50_low_ms: null }]));
    expect(row?.interval).toBe("so far");
  });

  it("says where a record is, by the mode of the page", () => {
    const kept = new Map([[0, "kept" as const]]);
    expect(tableOf(facts([READY], { deliveries: kept }))[0]?.delivery?.text).toMatch(/On its way/);
    expect(tableOf(facts([READY], { deliveries: kept, mode: "static" }))[0]?.delivery?.text).toMatch(
      /this browser/,
    );
    expect(tableOf(facts([READY], { deliveries: new Map([[0, "taken"]]) }))[0]?.delivery?.mark).toBe("good");
  });
});

describe("words", () => {
  it("say why a file was refused or failed, with its own reason", () => {
    expect(rowLine({ ...WAITING, state: "refused", reason: "no WebGPU here" }, true).text).toBe(
      "Refused: no WebGPU here",
    );
    expect(rowLine({ ...WAITING, state: "failed", reason: "out of memory" }, true).mark).toBe("bad");
  });

  it("say why a golden check failed", () => {
    const [row] = tableOf(facts([{ ...READY, golden: "failed", golden_reason: "photo 2 is mirrored" }]));
    expect(row?.golden).toEqual({ mark: "bad", text: "Failed: photo 2 is mirrored" });
  });

  it("call nothing under way once the job is over", () => {
    for (const state of ["waiting", "opening", "checking", "measuring"] as const)
      expect(rowLine({ ...WAITING, state }, true).mark).toBe("none");
  });

  it("say how far a job is", () => {
    expect(jobLine(job({})).text).toBe("Measuring: 1 of 2 files done");
    expect(stepLine(job({}))).toBe("Step 4 of 10, about 40 s left");
    expect(stepLine(job({ steps_done: 10 }))).toMatch(/^Step 10 of 10/);
    const further = job({ steps_done: 13, seconds_left: null, further_left_s: 61.2 });
    expect(stepLine(further)).toBe(
      "All planned turns were taken. Times are not steady yet, so it goes on, for 65 s at most.",
    );
    expect(jobLine(job({ state: "cancelled" })).text).toMatch(/^Cancelled: 1 of 2/);
  });

  it("never call a turn beyond the plan one of the plan", () => {
    const said = (turns: number) => rowLine({ ...WAITING, state: "measuring", turns }, false).text;
    expect([0, 3, 12, 15].map(said)).toEqual([
      "0 of 12 turns taken",
      "3 of 12 turns taken",
      "12 of 12 turns taken",
      "15 turns taken, 12 were planned",
    ]);
  });

  it("are spoken of a file once, and of a job where it changes", () => {
    const name = () => "net";
    expect(announcements(job({}), new Set(), "running", name)).toEqual([
      "net: 20.0 ms, VALID, 99.99 % of pixels as on the computer",
    ]);
    expect(announcements(job({ steps_done: 4 }), new Set([0]), "running", name)).toEqual([]);
    expect(
      announcements(job({ state: "paused", reason: "The page is hidden." }), new Set([0]), "running", name),
    ).toEqual(["Paused: The page is hidden."]);
  });
});
