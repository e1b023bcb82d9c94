// Every set of conformance/cases, over what the page itself runs.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SETS } from "../../src/cases/sets";

const CASES = new URL("../../../conformance/cases/", import.meta.url);
const FOLDER = { bytes: (file: string) => new Uint8Array(readFileSync(new URL(file, CASES))) };

// Decoding is asynchronous, and has its own test.
test("every set of the folder is run", () => {
  const sets = readdirSync(CASES).flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -5)] : []));
  expect(Object.keys(SETS).concat("decode").sort()).toEqual(sets.sort());
});

describe.each(Object.keys(SETS))("%s", (set) => {
  test("every case comes out as it must, or is skipped with a reason", () => {
    const results = SETS[set]!(FOLDER);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter((one) => one.outcome === "differs")).toEqual([]);
    for (const one of results) expect(one.outcome === "equal").toBe(one.why === "");
    expect(results.some((one) => one.outcome === "equal")).toBe(true);
  });
});
