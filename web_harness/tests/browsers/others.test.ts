// The same files in Firefox and WebKitGTK, the nearest to Safari here, and U2NetP in Chromium: maps as on the desktop.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, SHORT } from "./_built";
import { came, leastAgreement, measuredFact, scratch } from "./_came";
import { chromium, firefox, hear, until } from "./_opened";
import { ROWS, type RowShown, STATE } from "./_page";
import { serveBundle } from "./_served";
import { told } from "./_told";
import { webkit } from "./_webkit";

const { chromium: chromiumProgram, firefox: firefoxProgram, webkit: webkitProgram, bundles } = told();
const END_MS = 170_000;

/** A page in some browser, as far as these tests ask. `faults`: of its console; a browser may not say them. */
interface Opened {
  run<T>(body: string): Promise<T>;
  faults(): string[];
  close(): Promise<void>;
}

async function byPuppeteer(start: typeof firefox, program: string, link: string): Promise<Opened> {
  const browser = await start(program);
  const page = await browser.newPage();
  const heard = hear(page);
  await page.goto(link);
  return {
    run: async <T>(body: string) => (await page.evaluate(`(() => {${body}})()`)) as T,
    faults: () => [...heard.console, ...heard.faults],
    close: () => browser.close(),
  };
}

async function byWebKit(program: string, link: string): Promise<Opened> {
  const window = await webkit(program);
  await window.open(link);
  return { run: window.run, faults: () => [], close: window.close };
}

const WAYS = [
  [
    "Chromium",
    "u2netp",
    chromiumProgram,
    (link: string) => byPuppeteer(chromium, chromiumProgram ?? "", link),
  ],
  ["Firefox", "small", firefoxProgram, (link: string) => byPuppeteer(firefox, firefoxProgram ?? "", link)],
  ["WebKitGTK", "small", webkitProgram, (link: string) => byWebKit(webkitProgram ?? "", link)],
] as const;

let page: string;
beforeAll(async () => {
  page = await built(SHORT);
});
const opened: Opened[] = [];
afterAll(async () => {
  for (const each of opened) await each.close();
});

describe.each(WAYS)("%s, the bundle %s", (name, network, program, open) => {
  it.skipIf(program === undefined)(
    "gives the desktop's class maps, and its rows are in the table",
    async () => {
      const out = scratch();
      const server = await serveBundle(bundles[network], out, ["--port", "0", "--page", page]);
      try {
        const window = await open(server.link);
        opened.push(window);
        const began = Date.now();
        await until("the job ends", END_MS, async () => /Finished/.test(await window.run<string>(STATE)));
        const shown = await window.run<RowShown[]>(ROWS);
        expect(shown.map((row) => /Passed/.test(row.golden))).toEqual(shown.map(() => true));
        const found = await until("records arrive", 30_000, async () => {
          const all = await came(out, bundles[network]);
          return all.length === shown.length && all;
        });
        for (const each of found) {
          expect([each.kind, each.status, each.golden, each.row_kind]).toEqual([
            "browser",
            "ok",
            "passed",
            "browser",
          ]);
          expect(each.agreement, each.file).toBeGreaterThanOrEqual(leastAgreement(each.precision));
        }
        expect(window.faults()).toEqual([]);
        measuredFact(
          `${name}, ${network}: ${shown.length} rows ${((Date.now() - began) / 1000).toFixed(0)} s after opening`,
        );
      } finally {
        await server.interrupt();
      }
    },
    240_000,
  );
});
