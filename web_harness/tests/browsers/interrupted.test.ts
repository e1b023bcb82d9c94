// What goes wrong between a page and its computer: reloads, closed tabs, hidden pages, a server that ends. Nothing is lost.

import type { Browser, BrowserContext, Page } from "puppeteer-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { built, SHORT } from "./_built";
import { type Came, came, scratch } from "./_came";
import { chromium, hear, until } from "./_opened";
import { ended, press, rows, says, state } from "./_page";
import { type Served, serveBundle } from "./_served";
import { told } from "./_told";

const { chromium: program, bundles } = told();
const END_MS = 100_000;
const small = bundles.small;
const FILES = 2;

describe.skipIf(program === undefined)("a job that is disturbed", () => {
  let browser: Browser;
  let build: string;
  let context: BrowserContext; // its storage is its own: a test finds nothing of another
  let server: Served;
  let out: string;

  beforeAll(async () => {
    build = await built(SHORT);
    browser = await chromium(program ?? "");
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    out = scratch();
    server = await serving("0");
    context = await browser.createBrowserContext();
    return async () => {
      await context.close();
      await server.kill();
    };
  });

  function serving(port: string): Promise<Served> {
    return serveBundle(small, out, ["--port", port, "--page", build]);
  }

  async function opened(link: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(link);
    return page;
  }

  /** The job that the page is at, by its first progress on the computer. */
  function job(): Promise<string> {
    return until("a job begins", END_MS, async () => /progress ([0-9a-f]{32})/.exec(server.said())?.[1]);
  }

  async function turnsBegin(page: Page): Promise<void> {
    await until("turns begin", END_MS, async () =>
      (await rows(page)).every((row) => /Turn [2-9]/.test(row.verdict)),
    );
  }

  async function all(of: (each: Came) => boolean = () => true): Promise<Came[]> {
    return await until("the records are there", END_MS, async () => {
      const found = (await came(out, small)).filter(of);
      return found.length === FILES && found;
    });
  }

  it("goes on as the same job when it is reloaded, and when its tab was closed", async () => {
    const page = await opened(server.link);
    const before = await job();
    await turnsBegin(page);
    await page.reload();
    await until("it goes on", 20_000, async () => /Measuring/.test(await state(page)));
    await page.close();
    const again = await opened(server.link);
    expect(await ended(again, END_MS)).toMatch(/Finished/);
    for (const each of await all()) {
      expect([each.job, each.kind, each.status, each.golden, each.row_kind]).toEqual([
        before,
        "browser",
        "ok",
        "passed",
        "browser",
      ]);
    }
  });

  it("keeps what it measured while the server is gone, and sends it to the next one", async () => {
    const page = await opened(server.link);
    const before = await job();
    await turnsBegin(page);
    const { port } = server;
    await server.kill();
    expect(await ended(page, END_MS)).toMatch(/Finished/);
    await says(page, /stays in this browser/, 20_000);
    expect(await came(out, small)).toEqual([]);
    server = await serving(String(port));
    await page.close();
    await opened(server.link);
    for (const each of await all((one) => one.job === before)) {
      expect([each.status, each.golden, each.row_kind]).toEqual(["ok", "passed", "browser"]);
    }
  });

  it("says that a link is over when its token is wrong, and keeps the right one out of the address", async () => {
    const wrong = await opened(server.link.replace(/token=.*/, "token=AAAAAAAAAAAAAAAAAAAAAAAA"));
    expect(await says(wrong, /link is over/i, 20_000)).toMatch(/serve|computer/);
    expect(await came(out, small)).toEqual([]);
    await wrong.close();
    const page = await opened(server.link);
    await job();
    expect(page.url()).not.toMatch(/token/);
  });

  it("waits while it is hidden, and takes the turn again", async () => {
    const page = await opened(server.link);
    await turnsBegin(page);
    const away = await context.newPage();
    await away.bringToFront();
    await until("it pauses", 20_000, async () => /Paused/.test(await state(page)));
    await page.bringToFront();
    expect(await ended(page, END_MS)).toMatch(/Finished/);
    for (const each of await all()) expect(each.verdict_reasons.join(" ")).not.toMatch(/front|hidden/);
  });

  it("is INVALID where a turn was hidden three times", async () => {
    const page = await opened(server.link);
    await turnsBegin(page);
    const away = await context.newPage();
    for (let time = 0; time < 3; time += 1) {
      await away.bringToFront();
      await until("it pauses", 20_000, async () => /Paused/.test(await state(page)));
      await page.bringToFront();
      await until("it goes on", 20_000, async () => /Measuring/.test(await state(page)));
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(await ended(page, END_MS)).toMatch(/Finished/);
    const found = await all();
    expect(found.map((each) => each.verdict)).toContain("INVALID");
    expect(found.flatMap((each) => each.verdict_reasons).join(" ")).toMatch(/front/);
  });

  it("stops when it is cancelled, and runs again", async () => {
    const page = await opened(server.link);
    await turnsBegin(page);
    await press(page, "Cancel");
    expect(await ended(page, 30_000)).toMatch(/Cancelled/);
    await press(page, "Run again");
    await until("it runs", 20_000, async () => /Measuring|Getting ready/.test(await state(page)));
    expect(await ended(page, END_MS)).toMatch(/Finished/);
    await all((each) => each.status === "ok");
  });

  it("measures in one tab alone", async () => {
    const page = await opened(server.link);
    await turnsBegin(page);
    const second = await context.newPage();
    const heard = hear(second);
    await second.goto(server.link);
    await says(second, /another tab|other tab/i, 20_000);
    await second.close();
    await page.bringToFront();
    expect(await ended(page, END_MS)).toMatch(/Finished/);
    expect(heard.faults).toEqual([]);
    await all();
  });
});
