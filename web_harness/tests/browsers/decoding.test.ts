// Photos' files decoded by the page's own code in real browsers: the pixels that the desktop has, to the byte.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measuredFact, python } from "./_came";
import type { Found } from "./_decoding_page";
import { EACH } from "./_elsewhere";
import { until } from "./_opened";
import { smallPage } from "./_small_page";
import { type Hosted, hosted } from "./_static";
import { told } from "./_told";

const DECODE_MS = 150_000;

interface Expected {
  readonly size: readonly [number, number];
  readonly upright: string;
  readonly resized: readonly [string];
}

/** What a browser cannot do, known and said in docs/preprocessing.md: other pixels, or a sentence. */
const APART: Readonly<Record<string, Readonly<Record<string, RegExp | "other pixels">>>> = {
  Chromium: {},
  Firefox: { "picture.avif": "other pixels" },
  WebKitGTK: { "alpha-lossless.webp": /./ },
};

describe("photos' files", () => {
  let host: Hosted;
  let expected: Record<string, Expected>;

  beforeAll(async () => {
    const folder = await smallPage("_decoding_page.ts");
    const photos = join(folder, "photos");
    await python(["-m", "scripts.web", "photos", photos]);
    expected = JSON.parse(readFileSync(join(photos, "expected.json"), "utf8"));
    const from = join(told().checkout, "conformance", "cases");
    mkdirSync(join(folder, "cases"));
    for (const name of ["decode.json", "decode"])
      cpSync(join(from, name), join(folder, "cases", name), { recursive: true });
    const cases = ["decode.json", ...readdirSync(join(from, "decode")).map((name) => `decode/${name}`)];
    writeFileSync(join(folder, "listed.json"), JSON.stringify({ photos: Object.keys(expected), cases }));
    host = await hosted(folder, "none");
  });
  afterAll(() => host?.close());

  describe.each(EACH)("in %s", (name, program, open) => {
    let found: Found;
    beforeAll(async () => {
      if (program === undefined) return;
      const page = await open(host.url);
      try {
        const said = await until("all is decoded", DECODE_MS, () =>
          page.run<Found | string | null>("return globalThis.found ?? null"),
        );
        if (typeof said === "string") throw new Error(said);
        found = said;
      } finally {
        await page.close();
      }
    });

    it.skipIf(program === undefined)("are the desktop's pixels, upright and at an input's size", () => {
      const apart = APART[name]!;
      const others: [string, unknown][] = [];
      for (const [file, { size, upright, resized }] of Object.entries(expected)) {
        const proof = found.proofs[file]!;
        const is =
          typeof proof === "string" ? proof : [proof.height_px, proof.width_px, proof.decoded, proof.resized];
        if (JSON.stringify(is) === JSON.stringify([...size, upright, resized[0]])) continue;
        others.push([file, typeof is === "string" ? is : "other pixels"]);
      }
      expect(others.map(([file]) => file).sort()).toEqual(Object.keys(apart).sort());
      for (const [file, how] of others) expect(how).toMatch(apart[file]!);
      measuredFact(
        `${name}: ${Object.keys(expected).length - others.length} of ${Object.keys(expected).length} photos' files are decoded to the byte`,
      );
    });

    it.skipIf(program === undefined)("of the conformance cases are off by nothing", () => {
      expect(found.cases.length).toBeGreaterThan(10);
      expect(found.cases.filter(({ off }) => off !== 0)).toEqual([]);
    });
  });
});
