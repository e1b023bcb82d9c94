// The live camera, a pretended one: a mask over its pictures, counted; its light goes out with the button and when hidden.

import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {} from "./_camera_page";
import { chromium, type Heard, hear, until } from "./_opened";
import { press, says } from "./_page";
import { smallPage } from "./_small_page";
import { exported, type Hosted, hosted } from "./_static";
import { told } from "./_told";

const { chromium: program, bundles } = told();
const SEEN_MS = 90_000;

describe.skipIf(program === undefined)("the live camera", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium(program ?? "");
  });
  afterAll(() => browser?.close());

  describe("in the page", () => {
    let host: Hosted;
    let page: Page;
    let heard: Heard;
    beforeAll(async () => {
      host = await hosted(await exported(bundles.small), "as named");
      page = await browser.newPage();
      heard = hear(page);
      await page.evaluateOnNewDocument(() => {
        const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        const kept: MediaStream[] = [];
        Object.assign(globalThis, { streamsGiven: kept });
        navigator.mediaDevices.getUserMedia = async (wanted) => {
          const stream = await given(wanted);
          kept.push(stream);
          return stream;
        };
      });
      await page.goto(host.url);
      await says(page, /Start the camera/, SEEN_MS);
    });
    afterAll(() => host?.close());

    /** How many cameras are on. */
    async function areOn(): Promise<number> {
      return (await page.evaluate(
        `streamsGiven.flatMap((each) => each.getTracks()).filter((each) => each.readyState === "live").length`,
      )) as number;
    }

    async function shows(): Promise<string> {
      return until("a mask is live", SEEN_MS, async () => {
        const said = await page.evaluate(() => document.querySelector("#camera .rate")?.textContent ?? "");
        return /\d.*a glance, not a measurement/.test(said) && said;
      });
    }

    it("draws pictures with masks of their size, counts them, and says what is seen", async () => {
      await press(page, "Start the camera");
      const first = await shows();
      expect(first).toMatch(/frame|picture/i);
      expect(await areOn()).toBe(1);
      const drawn = await page.evaluate(() => {
        const [under, over] = ["under", "over"].map(
          (kind) => document.querySelector<HTMLCanvasElement>(`#camera canvas.${kind}`)!,
        );
        const copy = new OffscreenCanvas(under!.width, under!.height).getContext("2d", {
          willReadFrequently: true,
        })!;
        copy.drawImage(under!, 0, 0);
        const { data } = copy.getImageData(0, 0, under!.width, under!.height);
        return {
          sizes: [under!.width, under!.height, over!.width, over!.height],
          values: new Set(data).size,
          words: under!.getAttribute("aria-label") ?? "",
        };
      });
      expect(drawn.sizes.slice(0, 2)).toEqual(drawn.sizes.slice(2));
      expect(drawn.values).toBeGreaterThan(2);
      expect(drawn.words).toMatch(/mask: .*\d+ ?%/);
      await until("it goes on", SEEN_MS, async () => (await shows()) !== first);
    });

    it("stops with its button", async () => {
      await press(page, "Stop");
      await until("its light is out", 20_000, async () => (await areOn()) === 0);
      await says(page, /Start the camera/, 20_000);
    });

    it("stops with Escape", async () => {
      await press(page, "Start the camera");
      await shows();
      await page.keyboard.press("Escape");
      await until("its light is out", 20_000, async () => (await areOn()) === 0);
    });

    it("is turned around, one camera at a time", async () => {
      await press(page, "Start the camera");
      await shows();
      await press(page, "Front camera");
      await says(page, /Back camera/, SEEN_MS);
      await shows();
      await until("one is on", 20_000, async () => (await areOn()) === 1);
    });

    it("stops when the page is hidden, and says why", async () => {
      const away = await browser.newPage();
      await away.bringToFront();
      await until("its light is out", 20_000, async () => (await areOn()) === 0);
      await page.bringToFront();
      await says(page, /stopped because the page was hidden/, 20_000);
      await away.close();
      expect([...heard.console, ...heard.faults]).toEqual([]);
    });
  });

  it("is read to the byte as by other means, turned and mirrored", async () => {
    const host = await hosted(await smallPage("_camera_page.ts"), "none");
    const page = await browser.newPage();
    try {
      await page.goto(host.url);
      for (const facing of ["as taken", "mirrored"] as const)
        for (const degrees of [0, 90, 180, 270]) {
          const found = await page.evaluate((one, by) => globalThis.compared(one, by), facing, degrees);
          const sides = degrees % 180 === 0 ? [240, 320] : [320, 240];
          expect([facing, degrees, found.height_px, found.width_px, found.differing]).toEqual([
            facing,
            degrees,
            ...sides,
            0,
          ]);
          expect(found.values).toBeGreaterThan(2);
        }
    } finally {
      await page.close();
      host.close();
    }
  });
});
