// A run's class maps are judged once: as they come, where the answer then says of the accelerator what was said before.

import { describe, expect, test, vi } from "vitest";
import { encodeClassMap } from "../../src/contract/class_map_file";
import type { AcceleratorPart } from "../../src/contract/documents";
import { MapsTaken } from "../../src/run/maps_judged";
import { bundleOf, mapOf } from "./_job";

const SAID: AcceleratorPart = {
  asked: "cpu",
  obtained: "cpu",
  nodes: null,
  nodes_delegated: null,
  fallback: null,
  arithmetic: "float32",
};

/** Return how often a golden map was read for three photos that were judged as of `said`, and then as of `answered`. */
function looks(said: AcceleratorPart, answered: AcceleratorPart): number {
  const bundle = bundleOf();
  const read = vi.spyOn(bundle, "map");
  const taken = new MapsTaken(bundle, 0);
  taken.runOn(said);
  for (const photo of [0, 1, 2]) taken.add(photo, false, encodeClassMap(mapOf(photo)));
  taken.add(0, true, encodeClassMap(mapOf(0)));
  expect(taken.judge(answered).golden.status).toBe("passed");
  return read.mock.calls.filter(([name]) => name.startsWith("golden/")).length;
}

describe("class maps are judged", () => {
  test("once, in whatever order an answer has its fields, and whatever else it says", () => {
    const turned = Object.fromEntries(Object.entries(SAID).reverse()) as unknown as AcceleratorPart;
    const { arithmetic, ...unsaid } = SAID;
    expect(arithmetic).toBe("float32");
    expect(looks(SAID, { ...SAID })).toBe(3);
    expect(looks(SAID, turned)).toBe(3);
    expect(looks(SAID, { ...SAID, fallback: "one thread" })).toBe(3);
    expect(looks(unsaid, { ...unsaid, arithmetic: null })).toBe(3);
  });

  test("anew where another accelerator or arithmetic ran the file", () => {
    expect(looks(SAID, { ...SAID, obtained: null })).toBe(6);
    expect(looks(SAID, { ...SAID, arithmetic: "float16" })).toBe(6);
  });
});
