// The golden check in the browser catches a page whose way from photo to mask is wrong: each mutant is built and run.

import { join } from "node:path";
import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, type Change, SHORTEST } from "./_built";
import { type Came, cameOfEach, measuredFact, scratch } from "./_came";
import { chromium } from "./_opened";
import { ended, type RowShown, rows } from "./_page";
import { patient } from "./_patience";
import { recordsArrive, type Served, servePages } from "./_served";
import { told } from "./_told";

const { chromium: program, bundles } = told();
const END_MS = 60_000;
const FILES = 2;
const INPUT = "src/pixels/input_tensor.ts";
const MUTANTS: Readonly<Record<string, Change>> = {
  "colours exchanged": {
    file: INPUT,
    from: 'return spec.layout === "NHWC" ? asTheyLie(picture, table) : planes(picture, table);',
    to: `const bgr = picture.rgb.map((_, place) => picture.rgb[3 * Math.trunc(place / 3) + 2 - (place % 3)]!);
  return spec.layout === "NHWC" ? asTheyLie({ ...picture, rgb: bgr }, table) : planes({ ...picture, rgb: bgr }, table);`,
  },
  "values from 0 to 1": {
    file: INPUT,
    from: "Float32Array.from(values).buffer",
    to: "Float32Array.from(values, (value) => value / 255).buffer",
  },
  "planes for pixels, pixels for planes": {
    file: INPUT,
    from: 'spec.layout === "NHWC" ?',
    to: 'spec.layout !== "NHWC" ?',
  },
  "the highest along another axis than the classes'": {
    file: "src/pixels/raw_output.ts",
    from: "const [by_channel, by_row, by_column] = steps as [number, number, number];",
    to: `const { width_px: w, height_px: h, channels: c } = layout;
  const [by_channel, by_row, by_column] = steps[0] === 1 ? [h * w, w, 1] : [1, w * c, c];`,
  },
  "the output of the photo before": {
    file: "src/worker/step.ts",
    from: "session.fill(this.input(outputs.rgb, photo));",
    to: "if (place !== 1) session.fill(this.input(outputs.rgb, photo));",
  },
};

const RIGHT = "nothing is changed";
const NAMES = [RIGHT, ...Object.keys(MUTANTS)];

/** What a page showed and what came of it. */
interface Seen {
  readonly shown: RowShown[];
  readonly found: Came[];
}

describe.skipIf(program === undefined)("a page whose path is wrong", () => {
  let browser: Browser;
  let server: Served;
  const seen = new Map<string, Seen>();

  beforeAll(async () => {
    browser = await chromium(program ?? "");
    const out = scratch();
    const pages = await Promise.all(
      NAMES.map((name) => built([...SHORTEST, ...(name === RIGHT ? [] : [MUTANTS[name] as Change])])),
    );
    server = await servePages(bundles.small, out, pages);
    const shown: RowShown[][] = [];
    for (const link of server.links) {
      shown.push(await run(link, FILES * (shown.length + 1)));
    }
    expect(await server.interrupt()).toBe(0);
    const found = await cameOfEach(
      NAMES.map((_, place) => join(out, String(place))),
      bundles.small,
    );
    NAMES.forEach((name, place) => {
      seen.set(name, { shown: shown[place] ?? [], found: found[place] ?? [] });
    });
  }, patient(240_000));

  afterAll(async () => {
    await browser?.close();
    await server?.kill();
  });

  async function run(link: string, records: number): Promise<RowShown[]> {
    const context = await browser.createBrowserContext();
    try {
      const page = await context.newPage();
      await page.goto(link);
      expect(await ended(page, END_MS)).toMatch(/Finished/);
      await recordsArrive(server, records, 20_000);
      return await rows(page);
    } finally {
      await context.close();
    }
  }

  function of(name: string): Seen {
    const each = seen.get(name);
    expect(each?.shown, name).toHaveLength(FILES);
    expect(each?.found, name).toHaveLength(FILES);
    return each as Seen;
  }

  it("passes where nothing is changed", () => {
    const { shown, found } = of(RIGHT);
    for (const row of shown) expect(row.golden).toMatch(/Passed/);
    expect(found.map((each) => [each.golden, each.agreement, each.row_kind])).toEqual(
      found.map(() => ["passed", 1, "browser"]),
    );
  });

  it.each(Object.keys(MUTANTS))("is caught: %s", (name) => {
    const { shown, found } = of(name);
    for (const row of shown) expect(row.golden).toMatch(/Failed/);
    for (const each of found) {
      expect([each.golden, each.verdict === "VALID"]).toEqual(["failed", false]);
      expect(each.golden_reason).toMatch(/photo|network/);
    }
    measuredFact(`${name}: ${found.map((each) => each.golden_reason).join("; ")}`);
  });
});
