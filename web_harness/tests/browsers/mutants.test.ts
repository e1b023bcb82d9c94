// The golden check in the browser catches a page whose way from photo to mask is wrong: each mutant is built and run.

import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, type Change, SHORT } from "./_built";
import { came, scratch } from "./_came";
import { chromium, until } from "./_opened";
import { ended, rows } from "./_page";
import { serveBundle } from "./_served";
import { told } from "./_told";

const { chromium: program, bundles } = told();
const END_MS = 100_000;
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

describe.skipIf(program === undefined)("a page whose path is wrong", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium(program ?? "");
  });
  afterAll(() => browser?.close());

  async function runs(...changes: readonly Change[]) {
    const page = await built(SHORT, ...changes);
    const out = scratch();
    const server = await serveBundle(bundles.small, out, ["--port", "0", "--page", page]);
    const context = await browser.createBrowserContext();
    try {
      const opened = await context.newPage();
      await opened.goto(server.link);
      await ended(opened, END_MS);
      const shown = await rows(opened);
      const found = await until("records arrive", 20_000, async () => {
        const all = await came(out, bundles.small);
        return all.length === shown.length && all;
      });
      return { shown, found };
    } finally {
      await context.close();
      await server.interrupt();
    }
  }

  it("passes where nothing is changed", async () => {
    const { shown, found } = await runs();
    for (const row of shown) expect(row.golden).toMatch(/Passed/);
    expect(found.map((each) => each.golden)).toEqual(found.map(() => "passed"));
  });

  it.each(Object.entries(MUTANTS))("is caught: %s", async (_, change) => {
    const { shown, found } = await runs(change);
    for (const row of shown) expect(row.golden).toMatch(/Failed/);
    for (const each of found) {
      expect([each.golden, each.verdict === "VALID"]).toEqual(["failed", false]);
      expect(each.golden_reason).toMatch(/photo|network/);
    }
    process.stdout.write(`measured: ${_}: ${found.map((each) => each.golden_reason).join("; ")}\n`);
  });
});
