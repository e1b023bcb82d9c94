// Every set of conformance/cases, over what the page itself runs.

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { SETS } from "../../src/cases/sets";

const FOLDER = fileURLToPath(new URL("../../../conformance/cases/", import.meta.url));

describe.each(Object.keys(SETS))("%s", (set) => {
  test("every case comes out as it must, or is skipped with a reason", () => {
    const results = SETS[set]!(FOLDER);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter((one) => one.outcome === "differs")).toEqual([]);
    for (const one of results) expect(one.outcome === "equal").toBe(one.reason === "");
    expect(results.some((one) => one.outcome === "equal")).toBe(true);
  });
});
