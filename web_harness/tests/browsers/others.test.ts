// The same files in Firefox and WebKitGTK, the nearest to Safari here, and U2NetP in Chromium: maps as on the desktop.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, SHORTEST } from "./_built";
import { came, leastAgreement, measuredFact, scratch } from "./_came";
import { chromium, firefox, hear, until } from "./_opened";
import { ROWS, type RowShown, STATE } from "./_page";
import { patient } from "./_patience";
import { recordsArrive, type Served, serveBundle } from "./_served";
import { type Network, told } from "./_told";
import { webkit } from "./_webkit";

const { chromium: chromiumProgram, firefox: firefoxProgram, webkit: webkitProgram, bundles, photos } = told();
const END_MS = 220_000;
const FILES = 4; // of a network: .onnx and .tflite, fp32 and w8a8

/** A page in some browser, as far as these tests ask. `faults`: of its console; `hosts`: that it asked; null: not said. */
interface Opened {
  run<T>(body: string): Promise<T>;
  faults(): string[] | null;
  hosts(): string[] | null;
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
    hosts: () => [...heard.hosts],
    close: () => browser.close(),
  };
}

async function byWebKit(program: string, link: string): Promise<Opened> {
  const window = await webkit(program);
  await window.open(link);
  return { run: window.run, faults: () => null, hosts: () => null, close: window.close };
}

const WAYS = [
  [
    "Chromium",
    /Chrom/,
    "u2netp",
    chromiumProgram,
    (link: string) => byPuppeteer(chromium, chromiumProgram ?? "", link),
  ],
  [
    "Firefox",
    /Firefox/,
    "topformer_tiny",
    firefoxProgram,
    (link: string) => byPuppeteer(firefox, firefoxProgram ?? "", link),
  ],
  [
    "WebKitGTK",
    /Safari|WebKit/,
    "topformer_tiny",
    webkitProgram,
    (link: string) => byWebKit(webkitProgram ?? "", link),
  ],
] as const;

const outs: Readonly<Record<Network, string>> = { topformer_tiny: scratch(), u2netp: scratch() };
const servers = new Map<Network, Served>();
const jobs = new Set<string | null>();

beforeAll(async () => {
  const page = await built(SHORTEST);
  for (const network of ["topformer_tiny", "u2netp"] as const) {
    servers.set(network, await serveBundle(bundles[network], outs[network], ["--port", "0", "--page", page]));
  }
});
afterAll(async () => {
  for (const server of servers.values()) expect(await server.interrupt()).toBe(0);
});

describe.each(WAYS)("%s", (name, where, network, program, open) => {
  it.skipIf(program === undefined)(
    `gives the desktop's class maps of ${network}, and its rows are in the table`,
    async () => {
      const server = servers.get(network) as Served;
      const before = server.said().match(/^record /gm)?.length ?? 0;
      const began = Date.now();
      const window = await open(server.link);
      try {
        await ends(window);
        const endedS = (Date.now() - began) / 1000;
        const shown = await window.run<RowShown[]>(ROWS);
        expect(shown.map((row) => /Passed/.test(row.golden))).toEqual(Array(FILES).fill(true));
        await recordsArrive(server, before + FILES, 30_000);
        const found = (await came(outs[network], bundles[network])).filter((each) => !jobs.has(each.job));
        expect(found).toHaveLength(FILES);
        for (const each of found) {
          jobs.add(each.job);
          expect([each.kind, each.status, each.golden, each.row_kind, each.photos], each.reason).toEqual([
            "browser",
            "ok",
            "passed",
            "browser",
            photos[network],
          ]);
          expect(each.agreement, each.file).toBeGreaterThanOrEqual(leastAgreement(each.precision));
          expect(each.where).toMatch(where);
        }
        const byRun = [...found].sort((a, b) => a.run - b.run);
        expect(shown.map((row) => row.miou)).toEqual(byRun.map((each) => each.row_miou?.toFixed(4)));
        const agreements = found.map((each) => `${each.file} ${(100 * each.agreement).toFixed(4)} %`);
        measuredFact(
          `${name}: ${FILES} rows ${endedS.toFixed(0)} s after it was started; ${agreements.join(", ")}`,
        );
        expect(window.faults() ?? []).toEqual([]);
        expect(window.hosts() ?? [new URL(server.link).host]).toEqual([new URL(server.link).host]);
      } finally {
        await window.close();
      }
    },
    patient(150_000),
  );
});

async function ends(window: Opened): Promise<void> {
  let said = "";
  await until("the job ends", END_MS, async () => {
    said = await window.run<string>(STATE);
    return /Finished|Cancelled|Ended early|refused/.test(said);
  }).catch(async (error: unknown) => {
    throw new Error(
      `${String(error)}; it says: ${await window.run<string>("return document.body.innerText")}`,
    );
  });
  expect(said).toMatch(/Finished/);
}
