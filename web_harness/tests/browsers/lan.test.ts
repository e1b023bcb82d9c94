// Plain http on this computer's own address: the page says what that takes away, and measures on one thread all the same.

import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, SHORTEST } from "./_built";
import { came, leastAgreement, notVerified, scratch } from "./_came";
import { chromium, hear, until } from "./_opened";
import { give, saysOfPhoto } from "./_own_photo";
import { ended, says } from "./_page";
import { serveBundle } from "./_served";
import { asking } from "./_static";
import { told } from "./_told";

const { chromium: program, bundles } = told();
const END_MS = 100_000;
const FILES = 2;
const here = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .some(({ family, internal }) => family === "IPv4" && !internal);
const LOST = ["No live camera", "The screen may turn off", "One thread", "No WebGPU", "A coarser clock"];

describe.skipIf(program === undefined)("plain http in the network", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium(program ?? "");
  });
  afterAll(() => browser?.close());

  it("takes away what the page says, and leaves what it measures and the own photo", async (test) => {
    if (!here) {
      notVerified("plain http in a network: this computer has no address in one");
      test.skip();
    }
    const out = scratch();
    const bundle = asking(bundles.small, 2);
    const server = await serveBundle(bundle, out, ["--lan", "--port", "0", "--page", await built(SHORTEST)]);
    try {
      const link = await until("a link of the network", 20_000, async () =>
        [...server.said().matchAll(/^open (http:\/\/\S+)$/gm)]
          .map((found) => found[1]!)
          .find((each) => !/127\.|localhost/.test(each)),
      );
      const page = await browser.newPage();
      const heard = hear(page);
      await page.setViewport({ width: 1280, height: 900 });
      await page.goto(link);
      expect(await page.evaluate(() => [isSecureContext, typeof SharedArrayBuffer])).toEqual([
        false,
        "undefined",
      ]);
      const said = await says(page, /This connection: Plain http/, 60_000);
      for (const what of LOST) expect(said).toContain(what);
      expect(said).toMatch(/2 threads were asked for/);
      expect(said).toMatch(/--lan --tls/);
      expect(said).not.toMatch(/Start the camera/);
      expect(await ended(page, END_MS)).toMatch(/Finished/);
      const found = await until("the records are there", 60_000, async () => {
        const all = await came(out, bundle);
        return all.length === FILES && all;
      });
      for (const each of found) {
        expect([each.kind, each.status, each.golden, each.threads]).toEqual(["browser", "ok", "passed", 1]);
        expect(each.agreement).toBeGreaterThanOrEqual(leastAgreement(each.precision));
        expect(each.step_ms).toBeGreaterThan(0.05);
      }
      const run = (body: string) => page.evaluate(`(() => {${body}})()`) as never;
      await give({ run }, readFileSync(join(bundle, "photos", "0.jpg")), "photo.jpg");
      await saysOfPhoto({ run }, /a glance, not a measurement/, 60_000);
      expect(page.url()).not.toMatch(/token/);
      expect([...heard.console, ...heard.faults]).toEqual([]);
    } finally {
      await server.interrupt();
    }
  });
});
