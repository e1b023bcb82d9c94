// The whole way in Chromium, by `pocketseg serve` as people start it: a link is opened, and four rows are in the table.

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Came, came, leastAgreement, measuredFact, scratch } from "./_came";
import { chromium, type Heard, hear } from "./_opened";
import { ended, measured, type RowShown, rows, sideways, size, taken } from "./_page";
import { patient } from "./_patience";
import { type Served, serve } from "./_served";
import { told } from "./_told";

const FIRST_ROW_MS = 15_000;
const FOUR_ROWS_MS = 45_000;
const END_MS = 120_000;
const TAKEN_MS = 30_000;
const { chromium: program, artifacts, photos, screenshots } = told();

describe.skipIf(program === undefined)("four TopFormer files, 32 photos", () => {
  let server: Served;
  let browser: Browser;
  let page: Page;
  let heard: Heard;
  let found: Came[];
  let firstMs = 0;
  let fourMs = 0;
  let end = "";
  let shown: RowShown[] = [];
  let code: number | null = null;
  const out = scratch();

  beforeAll(async () => {
    // one pass asked: the page takes its five, and ends without further ones for verdicts that nobody reads here
    const words = ["--photos", String(photos.topformer_tiny), "--passes", "1", "--port", "0", "--out", out];
    const asked = Date.now();
    server = await serve([...artifacts.topformer_tiny, ...words]);
    const linkMs = Date.now() - asked;
    browser = await chromium(program ?? "");
    page = await browser.newPage();
    heard = hear(page);
    await size(page, 390);
    const began = Date.now();
    await page.goto(server.link);
    await measured(page, 1, FIRST_ROW_MS);
    firstMs = Date.now() - began;
    await shoot(page, "start");
    await measured(page, 4, FOUR_ROWS_MS);
    fourMs = Date.now() - began;
    await shoot(page, "midway");
    end = await ended(page, END_MS);
    await taken(page, TAKEN_MS);
    shown = await rows(page);
    await shoot(page, "end");
    measuredFact(
      `link ${(linkMs / 1000).toFixed(1)} s after the command, first row ${(firstMs / 1000).toFixed(1)} s after the page was opened, four ${(fourMs / 1000).toFixed(1)} s`,
    );
    code = await server.interrupt();
    const [bundle] = readdirSync(join(out, "bundles")); // that `serve` made, and keeps
    found = await came(out, join(out, "bundles", bundle ?? ""));
  }, patient(300_000));

  afterAll(async () => {
    await browser?.close();
    await server?.kill();
  });

  it("shows the first row within 15 s of opening", () =>
    expect(firstMs).toBeLessThanOrEqual(patient(FIRST_ROW_MS)));
  it("shows all four within 45 s of opening", () =>
    expect(fourMs).toBeLessThanOrEqual(patient(FOUR_ROWS_MS)));
  it("finishes", () => expect(end).toMatch(/Finished, all 4 files/));

  it("says nothing in the console and throws nothing", () => {
    expect([...heard.console, ...heard.faults]).toEqual([]);
  });

  it("asks no other host for anything", () => {
    expect([...heard.hosts]).toEqual([`127.0.0.1:${server.port}`]);
  });

  it("brings four records of a browser into the table", () => {
    expect(found.map((each) => [each.run, each.kind, each.status, each.row_kind, each.photos])).toEqual(
      [0, 1, 2, 3].map((run) => [run, "browser", "ok", "browser", photos.topformer_tiny]),
    );
    for (const each of found) expect(each.where).toMatch(/Chrom.* 1\d\d/);
  });

  it("gives the desktop's class maps, and passes the golden check", () => {
    const agreements = found.map((each) => `${each.file} ${(100 * each.agreement).toFixed(4)} %`);
    measuredFact(`Chromium: as on the desktop: ${agreements.join(", ")}`);
    expect(found).toHaveLength(4);
    for (const each of found) {
      expect(each.agreement, `${each.file}: agreement`).toBeGreaterThanOrEqual(
        leastAgreement(each.precision),
      );
      expect([each.file, each.golden, each.golden_reason]).toEqual([each.file, "passed", ""]);
    }
  });

  it("shows the mIoU that the desktop computes", () => {
    expect(shown.map((row) => row.miou)).toEqual(found.map((each) => each.row_miou?.toFixed(4)));
  });

  it("ends with the table and without a fault when it is interrupted", () => {
    expect(code).toBe(0);
    expect(server.said()).toMatch(/the link is over/);
    expect(server.said()).not.toMatch(/Traceback/);
  });

  async function shoot(of: Page, when: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    for (const [width, scheme] of when === "end" ? ALL : [[390, "light"] as const]) {
      await size(of, width, scheme);
      const path = join(screenshots, `topformer-${when}-${width}-${scheme}.png`) as `${string}.png`;
      await of.screenshot({ path, fullPage: true });
      expect(await sideways(of), `scrolls sideways at ${width}, ${when}`).toBeLessThanOrEqual(0);
    }
    await size(of, 390);
  }
});

const ALL = [
  [390, "light"],
  [390, "dark"],
  [1280, "light"],
  [1280, "dark"],
] as const;
