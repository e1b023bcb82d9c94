// A job that its user ends: what was measured stays, on the page and on the computer, and another one begins anew.

import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, SHORTEST } from "./_built";
import { came, scratch } from "./_came";
import { chromium, type Heard, hear, until } from "./_opened";
import { ended, isMeasured, measured, press, rows, state } from "./_page";
import { type Served, serveBundle } from "./_served";
import { told } from "./_told";

const { chromium: program, bundles } = told();
const END_MS = 100_000;

describe.skipIf(program === undefined)("a job that is cancelled", () => {
  let browser: Browser;
  let server: Served;
  beforeAll(async () => {
    browser = await chromium(program ?? "");
  });
  afterAll(async () => {
    await browser?.close();
    await server?.kill();
  });

  it("keeps what was measured, says which was not, and is run again as another job", async () => {
    const out = scratch();
    server = await serveBundle(bundles.small, out, ["--port", "0", "--page", await built(SHORTEST)]);
    const page = await browser.newPage();
    const heard: Heard = hear(page);
    await page.goto(server.link);
    await measured(page, 1, END_MS); // and the other file has not begun, or is at its first turn
    await press(page, "Cancel");
    expect(await ended(page, END_MS)).toMatch(/Cancelled: [12] of 2 files done/);
    const shown = await rows(page);
    const kept = shown.filter(isMeasured);
    expect(kept.length).toBeGreaterThan(0);
    for (const row of shown) expect(row.verdict).toMatch(/VALID|UNSTABLE|Not |Failed/);
    const first = await until("its records are there", 60_000, async () => {
      const all = await came(out, bundles.small);
      const whole = all.filter(({ status, row_kind }) => status === "ok" && row_kind !== null);
      return whole.length === kept.length && all;
    });
    for (const each of first.filter(({ status }) => status === "ok"))
      expect([each.golden, each.photos, each.row_kind]).toEqual(["passed", 4, "browser"]);
    await press(page, "Run again");
    await until("it begins", 60_000, async () => /Measuring/.test(await state(page)));
    const jobs = await until("the computer hears of another job", END_MS, async () => {
      const all = new Set([...server.said().matchAll(/^progress ([0-9a-f]{32})/gm)].map((found) => found[1]));
      return all.size > 1 && [...all];
    });
    expect(jobs[0]).toBe(first[0]?.job);
    expect([...heard.console, ...heard.faults]).toEqual([]);
  });
});
