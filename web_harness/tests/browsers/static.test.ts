// The exported page on a plain web host below a path: measured at a button, saved as a zip, and imported on the computer.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, SHORTEST } from "./_built";
import { python, scratch } from "./_came";
import { chromium, hear, until } from "./_opened";
import { ended, press, rows, says } from "./_page";
import { asking, exported, hosted } from "./_static";
import { told } from "./_told";

const { chromium: program, bundles } = told();
const END_MS = 100_000;
const FILES = 2;
const ROWS = `
import json, sys
from pathlib import Path
from benchmark.records import ROWS
from benchmark.rows import read_rows
print(json.dumps([[row.kind, row.status, row.threads] for row in read_rows(Path(sys.argv[1]) / ROWS)]))`;

describe.skipIf(program === undefined)("a static page", () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await exported(asking(bundles.small, 2), await built(SHORTEST));
    browser = await chromium(program ?? "");
  });
  afterAll(() => browser?.close());

  /** Open a page of a host of its own, with storage of its own, and close all of it whatever comes of it. */
  async function opened(
    from: string,
    named: "as named" | "none",
    work: (page: Page, url: string) => Promise<void>,
  ): Promise<void> {
    const host = await hosted(from, named);
    const context = await browser.createBrowserContext();
    try {
      await work(await context.newPage(), host.url);
    } finally {
      await context.close();
      host.close();
    }
  }

  it.each([
    ["as named", 2],
    ["none", 1],
  ] as const)("measures with headers %s, and its zip is imported: threads %i", async (named, threads) => {
    await opened(folder, named, async (page, url) => {
      const heard = hear(page);
      await page.goto(url);
      await says(page, /Nothing was measured yet/, 60_000);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(threads > 1);
      const said = await says(page, /This connection/, 10_000);
      if (threads === 1) expect(said).toMatch(/1 thread/);
      expect(await rows(page)).toEqual([]);
      await press(page, "Measure");
      expect(await ended(page, END_MS)).toMatch(/Finished/);
      const before = await rows(page);
      const zip = await saved(page);
      await page.reload(); // which measures nothing anew
      await until("all is shown again", 60_000, async () => isDeepStrictEqual(await rows(page), before));
      expect(await ended(page, 60_000)).toMatch(/Finished/);
      const out = scratch();
      await python([
        "-m",
        "pocketseg",
        "device",
        "import",
        zip,
        "--bundle",
        join(folder, "bundle"),
        "--out",
        out,
      ]);
      expect(JSON.parse(await python(["-c", ROWS, out]))).toEqual(
        Array.from({ length: FILES }, () => ["browser", "ok", threads]),
      );
      expect([...heard.console, ...heard.faults]).toEqual([]);
      expect([...heard.hosts]).toEqual([new URL(url).host]);
    });
  });

  it.each([
    ["a network", /\.(onnx|tflite)$/],
    ["a photo", /\.jpg$/],
    ["the bundle's list", /^bundle\.json$/],
  ])("runs nothing of a bundle of which %s is damaged, and says so", async (_, which) => {
    const broken = await exported(bundles.small);
    const name = names(join(broken, "bundle")).find((each) => which.test(each))!;
    const path = join(broken, "bundle", name);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    await opened(broken, "as named", async (page, url) => {
      const heard = hear(page);
      await page.goto(url);
      const said = await says(page, /did not arrive whole/, 60_000);
      expect(said).not.toMatch(/Results/);
      expect(heard.faults).toEqual([]);
    });
  });

  /** Press the button that saves, and return where the file came to lie. */
  async function saved(page: Page): Promise<string> {
    const into = scratch();
    const session = await page.createCDPSession();
    const { id } = page.browserContext();
    await session.send("Browser.setDownloadBehavior", {
      behavior: "allow",
      downloadPath: into,
      ...(id === undefined ? {} : { browserContextId: id }),
    });
    await press(page, "Save the results (.zip)");
    const name = await until("the zip is saved", 30_000, async () =>
      readdirSync(into).find((each) => each.endsWith(".zip")),
    );
    return join(into, name);
  }
});

function names(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort();
}
