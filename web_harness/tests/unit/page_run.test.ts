// What a job knows of the page: session.json, the browser's name, the best of the yardstick, the zip of results.

import { describe, expect, test } from "vitest";
import type { Turn } from "../../src/contract/documents";
import { bestOf, isKnown, readBest, writeBest } from "../../src/run/best_kept";
import { browserOf, systemIn } from "../../src/run/page_device";
import { readSession } from "../../src/run/session";
import { sharedZip } from "../../src/run/shared_zip";
import { InMemory } from "../../src/run/store";

const SESSION = {
  schema_version: "1.0",
  mode: "serve",
  bundle: "a".repeat(64),
  bundle_url: "bundle/",
  results_url: "results/",
  runtimes: { ort: "runtimes/ort/", litert: "runtimes/litert/" },
  program_version: "0.1.0",
  commit: null,
};
const BASE = "http://127.0.0.1:8765/index.html";

describe("session.json", () => {
  test("is read, with whole URLs", () => {
    const read = readSession(JSON.stringify(SESSION), BASE);
    expect(read.bundle_url).toBe("http://127.0.0.1:8765/bundle/");
    expect(
      readSession(JSON.stringify({ ...SESSION, mode: "static", results_url: null }), BASE).results_url,
    ).toBeNull();
  });

  test.each([
    ["no JSON", "{"],
    ["another version", JSON.stringify({ ...SESSION, schema_version: "2.0" })],
    ["no bundle", JSON.stringify({ ...SESSION, bundle: "abc" })],
    ["another host", JSON.stringify({ ...SESSION, bundle_url: "https://elsewhere.example/bundle/" })],
    ["no folder", JSON.stringify({ ...SESSION, results_url: "results" })],
    ["another mode", JSON.stringify({ ...SESSION, mode: "other" })],
    ["null", "null"],
  ])("is refused with a sentence: %s", (_, text) => {
    expect(() => readSession(text, BASE)).toThrow(/session\.json/);
  });
});

describe("the browser's name", () => {
  test("is the brand that is no engine and no filler", () => {
    const brands = [
      { brand: "Not/A)Brand", version: "99.0.0.0" },
      { brand: "Chromium", version: "156.0.1.2" },
      { brand: "Google Chrome", version: "156.0.1.2" },
    ];
    expect(browserOf(brands, "")).toBe("Google Chrome 156.0.1.2");
    expect(browserOf(brands.slice(0, 2), "")).toBe("Chromium 156.0.1.2");
  });

  test.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox 153.0", "Linux"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
      "Safari 18.5",
      "iOS 18.5",
    ],
    [
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
      "Samsung Internet 28.0",
      "Android 10",
    ],
  ])("of a browser without brands is in its user-agent string", (agent, browser, system) => {
    expect(browserOf([], agent)).toBe(browser);
    expect(systemIn(agent)).toBe(system);
  });
});

describe("the best of the yardstick", () => {
  const turn = (integer_ms: number) =>
    ({ before: { integer_ms, memory_ms: 1 }, after: { integer_ms, memory_ms: 1 } }) as unknown as Turn;

  test("is known once two turns came near it", () => {
    expect(isKnown(bestOf(null, [turn(1)], 0)!)).toBe(false);
    expect(isKnown(bestOf(null, [turn(1), turn(1.02)], 0)!)).toBe(true);
    expect(isKnown(bestOf(null, [turn(1), turn(1.2)], 0)!)).toBe(false);
    expect(bestOf(null, [], 0)).toBeNull();
  });

  test("is kept for thirty days, for its version of the yardstick alone", async () => {
    const store = new InMemory();
    const best = bestOf(null, [turn(1), turn(1)], 1000)!;
    await writeBest(store, "javascript-1", best);
    expect(await readBest(store, "javascript-1", 2000)).toEqual(best);
    expect(await readBest(store, "javascript-2", 2000)).toBeNull();
    expect(await readBest(store, "javascript-1", 1000 + 31 * 24 * 3_600_000)).toBeNull();
    await store.put("best", { version: "javascript-1", reading: null });
    expect(await readBest(store, "javascript-1", 2000)).toBeNull();
  });
});

test("the zip of results holds its files below the job, by long names, too", () => {
  const map = `maps/${"b".repeat(64)}.runs`;
  const parts = sharedZip(
    "c".repeat(32),
    new Map([
      ["0.json", new Uint8Array([1])],
      [map, new Uint8Array([2, 3])],
    ]),
  );
  const whole = new TextDecoder("latin1").decode(new Uint8Array(parts.flatMap((part) => [...part])));
  expect(whole.startsWith("PK\u0003\u0004")).toBe(true);
  expect(whole.split(`${"c".repeat(32)}/${map}`)).toHaveLength(3); // beside its bytes, and in the directory
});
