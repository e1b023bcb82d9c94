// What goes wrong between a page and its computer: reloads, closed tabs, hidden pages, a server that ends. Nothing is lost.

import type { Browser, BrowserContext, Page } from "puppeteer-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { built, SHORT } from "./_built";
import { type Came, came, scratch } from "./_came";
import { chromium, hear, until } from "./_opened";
import { ended, press, rows, says, state } from "./_page";
import { recordsArrive, type Served, serveBundle } from "./_served";
import { told } from "./_told";

const { chromium: program, bundles } = told();
const END_MS = 60_000;
const SOON_MS = 20_000;
const small = bundles.small;
const FILES = 2;

describe.skipIf(program === undefined)("a job that is disturbed", () => {
  let browser: Browser;
  let build: string;
  let context: BrowserContext; // its storage is its own: a test finds nothing of another
  let server: Served; // of all tests but one; each has a job of its own there
  let heardBefore = 0;
  const out = scratch();

  beforeAll(async () => {
    build = await built(SHORT);
    browser = await chromium(program ?? "");
    server = await serving(out, "0");
  });
  afterAll(async () => {
    await browser?.close();
    expect(await server?.interrupt()).toBe(0);
  });
  beforeEach(async () => {
    heardBefore = server.said().length;
    context = await browser.createBrowserContext();
    return () => context.close();
  });

  function serving(to: string, port: string): Promise<Served> {
    return serveBundle(small, to, ["--port", port, "--page", build]);
  }

  async function opened(link: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(link);
    return page;
  }

  /** The job that this test began, by its first progress on the computer. */
  function job(at: Served = server, from: number = heardBefore): Promise<string> {
    return until(
      "a job begins",
      END_MS,
      async () => /progress ([0-9a-f]{32})/.exec(at.said().slice(from))?.[1],
    );
  }

  async function turnsBegin(page: Page): Promise<void> {
    await until("turns begin", END_MS, async () =>
      (await rows(page)).every((row) => /[1-9]\d* (of \d+ )?turns taken/.test(row.verdict)),
    );
  }

  /** What came of a job. */
  async function all(of: string): Promise<Came[]> {
    await until(`the records of ${of} arrive`, SOON_MS, async () =>
      [0, 1].every((run) => server.said().includes(`record ${of} ${run}`)),
    );
    const found = (await came(out, small)).filter((each) => each.job === of);
    expect(found).toHaveLength(FILES);
    return found;
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
    for (const each of await all(before)) {
      expect([each.kind, each.status, each.golden, each.row_kind]).toEqual([
        "browser",
        "ok",
        "passed",
        "browser",
      ]);
    }
  });

  it("keeps what it measured while the server is gone, and sends it to the next one", async () => {
    const to = scratch();
    const first = await serving(to, "0");
    let second: Served | null = null;
    try {
      const page = await opened(first.link);
      const before = await job(first, 0);
      await turnsBegin(page);
      await first.kill();
      // it goes on where the browser kept what a turn loads, which is the browser's to decide, and else it waits
      await until("it ends or waits", END_MS, async () => /Finished|Paused/.test(await state(page)));
      await says(page, /stays in this browser|what was measured is kept/, SOON_MS);
      expect(await came(to, small)).toEqual([]);
      second = await serving(to, String(first.port));
      await page.close();
      await opened(second.link);
      await recordsArrive(second, FILES, END_MS);
      const found = await came(to, small);
      expect(found.map((each) => [each.job, each.status, each.golden, each.row_kind])).toEqual(
        Array(FILES).fill([before, "ok", "passed", "browser"]),
      );
    } finally {
      await first.kill();
      await second?.kill();
    }
  });

  it("says that a link is over when its token is wrong, and keeps the right one out of the address", async () => {
    const wrong = await opened(server.link.replace(/token=.*/, "token=AAAAAAAAAAAAAAAAAAAAAAAA"));
    expect(await says(wrong, /link is over/i, SOON_MS)).toMatch(/serve|computer/);
    expect(server.said().slice(heardBefore)).toBe("");
    await wrong.close();
    const page = await opened(server.link);
    await job();
    expect(page.url()).not.toMatch(/token/);
  });

  it("waits while it is hidden, and takes the turn again", async () => {
    const page = await opened(server.link);
    const mine = await job();
    await turnsBegin(page);
    const away = await context.newPage();
    await away.bringToFront();
    await until("it pauses", 20_000, async () => /Paused/.test(await state(page)));
    await page.bringToFront();
    expect(await ended(page, END_MS)).toMatch(/Finished/);
    for (const each of await all(mine)) expect(each.verdict_reasons.join(" ")).not.toMatch(/front|hidden/);
  });

  it("is INVALID where a turn was hidden three times", async () => {
    const page = await opened(server.link);
    const mine = await job();
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
    const found = await all(mine);
    expect(found.map((each) => each.verdict)).toContain("INVALID");
    expect(found.flatMap((each) => each.verdict_reasons).join(" ")).toMatch(/foreground/);
  });

  it("stops when it is cancelled, and runs again", async () => {
    const page = await opened(server.link);
    await turnsBegin(page);
    await press(page, "Cancel");
    expect(await ended(page, SOON_MS)).toMatch(/Cancelled/);
    await press(page, "Run again");
    await until("it runs", 20_000, async () => /Measuring|Getting ready/.test(await state(page)));
    expect(await ended(page, END_MS)).toMatch(/Finished/);
    const jobs = [
      ...server
        .said()
        .slice(heardBefore)
        .matchAll(/progress ([0-9a-f]{32})/g),
    ].map((each) => each[1]);
    const again = jobs.at(-1) ?? "";
    expect(again).not.toBe(jobs[0]);
    expect((await all(again)).map((each) => each.status)).toEqual(["ok", "ok"]);
  });

  it("measures in one tab alone: in the one in front, which goes on with the same job", async () => {
    const page = await opened(server.link);
    const before = await job();
    await turnsBegin(page);
    const second = await context.newPage();
    const heard = hear(second);
    await second.bringToFront();
    await second.goto(server.link);
    await until("it goes on there", 20_000, async () => /Measuring/.test(await state(second)));
    await says(page, /another tab/i, 20_000);
    expect(await ended(second, END_MS)).toMatch(/Finished/);
    expect(heard.faults).toEqual([]);
    for (const each of await all(before)) expect([each.job, each.status]).toEqual([before, "ok"]);
  });

  it("waits where the server goes away and nothing is kept to go on with, and goes on by itself", async () => {
    const page = await opened(server.link);
    const before = await job();
    const network = await page.createCDPSession();
    await network.send("Network.enable");
    await network.send("Network.setCacheDisabled", { cacheDisabled: true });
    await until("a file loads", END_MS, async () =>
      (await rows(page)).some((row) => /Load/.test(row.verdict)),
    );
    const { port } = server;
    await server.kill();
    await browserForgets(page);
    await until("it pauses", 60_000, async () => /Paused/.test(await state(page)));
    await says(page, /The computer does not answer/, 5_000);
    server = await serving(out, String(port));
    await until("it goes on", 30_000, async () => /Measuring/.test(await state(page)));
    // a new link in the same tab: the browser changes the fragment alone
    await page.evaluate((link) => location.assign(link), server.link);
    expect(await ended(page, END_MS)).toMatch(/Finished/);
    for (const each of await all(before)) expect([each.job, each.status]).toEqual([before, "ok"]);
  });
});

/** What the browser kept of scripts and runtimes is gone, as where its disk is full. */
async function browserForgets(page: Page): Promise<void> {
  const session = await page.createCDPSession();
  await session.send("Network.clearBrowserCache");
}
