// Records: what is written here can be read again, says why each null is one, and tells damage.

import { describe, expect, test } from "vitest";
import { RecordRefused } from "../../src/contract/faults";
import { sha256 } from "../../src/contract/hashes";
import { plain } from "../../src/contract/json";
import { writeProgress } from "../../src/contract/progress";
import { recordJson, writeRecord } from "../../src/contract/record_document";
import type { RecordDocument } from "../../src/contract/record_parts";
import { RECORD_VERSION, readRecord } from "../../src/contract/record_reader";
import { refusedRecord, sampleRecord } from "./_record";

interface Written {
  readonly schema_version: string;
  readonly seal: string;
  readonly reason: string;
  readonly verdict_reasons: readonly string[];
  readonly clock?: { readonly step_ms: number };
  readonly unknown: Readonly<Record<string, string>>;
}

function written(document: RecordDocument): Written {
  return plain(readRecord(new TextEncoder().encode(writeRecord(document)))) as Written;
}

function faultOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof RecordRefused) return error.fault;
    throw error;
  }
  return "read";
}

describe("a record that is written here", () => {
  test("is read again, with the version, the clock and a seal of its own bytes", () => {
    const text = writeRecord(sampleRecord());
    const found = plain(readRecord(new TextEncoder().encode(text))) as Written;
    expect(found.schema_version).toBe(RECORD_VERSION);
    expect(found.clock).toEqual({ step_ms: 0.1 });
    expect(sha256(text.replace(found.seal, "0".repeat(64)))).toBe(found.seal);
    expect(text).not.toContain("\n");
  });

  test("says why each null is one, and nothing of what is known", () => {
    const { unknown } = written(sampleRecord());
    expect(unknown["/device/soc"]).toBe("the browser does not say");
    expect(unknown["/accelerator/fallback"]).toBe("it is what was asked");
    expect(unknown["/turns/*/cpu_ms"]).toBe("a page cannot see it");
    expect(unknown["/device/os"]).toBeUndefined();
    expect(unknown["/load"]).toBeUndefined();
  });

  test("prefers the reason that the caller gives", () => {
    const unknown = { "/device/model": "it was opened on a computer", "/turns/1/cpu_ms": "it ended" };
    const found = written({ ...sampleRecord(), unknown }).unknown;
    expect(found["/device/model"]).toBe("it was opened on a computer");
    expect(found["/turns/1/cpu_ms"]).toBe("it ended");
    expect(found["/turns/*/cpu_ms"]).toBe("a page cannot see it");
  });

  test("of a file that could not run says that reason of all that is missing", () => {
    const found = written(refusedRecord("this browser has no WebGPU"));
    expect(found.reason).toBe("this browser has no WebGPU");
    for (const place of ["/load", "/golden", "/statistics", "/verdict", "/accelerator", "/state/start"]) {
      expect(found.unknown[place]).toBe(found.reason);
    }
    expect("clock" in found).toBe(false);
  });

  test("names files without folders and addresses, on one line", () => {
    const found = written(
      refusedRecord("cannot fetch http://192.168.1.5:8765/runtimes/ort.wasm?x=1:\nat /home/me/a.js\u202e"),
    );
    expect(found.reason).toBe("cannot fetch ort.wasm: at a.js?");
  });

  test("is refused where it says NaN, or a part that does not fit", () => {
    const sample = sampleRecord();
    const load = { ...sample.load!, cold_ms: Number.NaN };
    expect(() => writeRecord({ ...sample, load })).toThrow(TypeError);
    const statistics = { ...sample.statistics!, turns: 3 };
    expect(faultOf(() => writeRecord({ ...sample, statistics }))).toBe("statistics");
    expect(faultOf(() => writeRecord({ ...sample, reason: "but it ran" }))).toBe("status");
  });

  test("is refused for any byte that is changed after it was sealed", () => {
    const text = writeRecord(sampleRecord());
    for (const at of [30, 90, 500, text.length - 2]) {
      const changed = text.slice(0, at) + (text[at] === "1" ? "2" : "1") + text.slice(at + 1);
      expect(faultOf(() => readRecord(new TextEncoder().encode(changed)))).not.toBe("read");
    }
  });
});

describe("reasons", () => {
  // Every null that a browser may write: each field of the sample that is nullable, made null one at a time.
  const whole = [
    "accelerator",
    "start",
    "end",
    "conditions",
    "load",
    "memory",
    "warm_up_runs",
    "yardstick",
  ] as const;

  test.each([...whole, "golden", "statistics", "clock"] as const)("are there where %s is null", (part) => {
    expect(written({ ...sampleRecord(), [part]: null }).schema_version).toBe(RECORD_VERSION);
  });

  test("are there where every field inside is null", () => {
    const sample = sampleRecord();
    const none = <Part extends object>(part: Part, kept: readonly string[]): Part =>
      Object.fromEntries(
        Object.entries(part).map(([name, value]) => [name, kept.includes(name) ? value : null]),
      ) as Part;
    const state = none(sample.start!, ["at"]);
    const document: RecordDocument = {
      ...sample,
      runtime: none(sample.runtime, ["name", "threads_asked", "label"]),
      device: none(sample.device, []),
      accelerator: { ...none(sample.accelerator!, ["asked"]), fallback: "it has none" },
      start: state,
      end: state,
      conditions: {
        others_before: null,
        others_during: null,
        others_after: null,
        stolen: null,
        swapped_bytes: null,
      },
      load: none(sample.load!, ["cold_means"]),
      memory: { before_bytes: null, loaded_bytes: null, peak_bytes: null, runs: null, metric: null },
      turns: sample.turns.map((turn) => ({ ...turn, device: none(turn.device!, []) })),
      golden: none(sample.golden!, ["status", "reason", "values"]),
      statistics: none(sample.statistics!, ["runs", "turns"]),
      bundle: { ...sample.bundle, results: [] },
    };
    expect(Object.keys(written(document).unknown).length).toBeGreaterThan(50);
  });

  test("are left out for a null that nobody knows a reason for, and the record is refused", () => {
    const sample = sampleRecord();
    const accelerator = { ...sample.accelerator!, obtained: "gpu", fallback: null };
    expect(recordJson({ ...sample, accelerator }).unknown).not.toHaveProperty("/accelerator/fallback");
    expect(faultOf(() => writeRecord({ ...sample, accelerator }))).toBe("null");
  });
});

test("progress.json says null where there is no reason, and else one line", () => {
  const said = { job: "1".repeat(32), bundle: "2".repeat(64), state: "running", run: 0, runs: 4 } as const;
  const found = JSON.parse(writeProgress({ ...said, phase: "warming\nup", reason: null }));
  expect(found).toMatchObject({ ...said, schema_version: "1.0", phase: "warming up", reason: null });
  expect(found.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});
