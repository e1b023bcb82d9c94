// The page for those who hear, tab, zoom or touch it, with results, a photo and all its controls on the screen.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, SHORTEST } from "./_built";
import { chromium, type Heard as HeardOfPage, hear } from "./_opened";
import { give, saysOfPhoto } from "./_own_photo";
import { ended, measured, press, says, sideways, size } from "./_page";
import { controls, type Heard, tabbed, tooFaint, tree } from "./_seen";
import { exported, type Hosted, hosted } from "./_static";
import { told } from "./_told";

const { chromium: program, bundles } = told();
const SEEN_MS = 90_000;
const END_MS = 100_000;
const FILES = 2;
const TOUCHED_PX = 44;
const CONTROLS = ["button", "link", "combobox", "slider", "checkbox", "textbox", "DisclosureTriangle"];

describe.skipIf(program === undefined)("the page", () => {
  let browser: Browser;
  let host: Hosted;
  let page: Page;
  let faults: HeardOfPage;
  let heard: Heard[];
  let aloud: string[];

  beforeAll(async () => {
    host = await hosted(await exported(bundles.small, await built(SHORTEST)), "as named");
    browser = await chromium(program ?? "");
    page = await browser.newPage();
    faults = hear(page);
    await size(page, 1280);
    await page.goto(host.url);
    await says(page, /Nothing was measured yet/, SEEN_MS);
    await page.evaluate(() => {
      const kept: string[] = [];
      Object.assign(globalThis, { saidAloud: kept });
      for (const region of document.querySelectorAll("[aria-live], [role=status]"))
        new MutationObserver(() => {
          const text = region.textContent?.trim() ?? "";
          if (text !== "" && !(region as HTMLElement).hidden) kept.push(text);
        }).observe(region, { childList: true, characterData: true, subtree: true });
    });
    await press(page, "Measure");
    await measured(page, FILES, END_MS);
    await ended(page, END_MS);
    aloud = (await page.evaluate("saidAloud")) as string[];
    await give(
      { run: (body) => page.evaluate(`(() => {${body}})()`) as never },
      readFileSync(join(bundles.small, "photos", "0.jpg")),
      "photo.jpg",
    );
    await saysOfPhoto({ run: (body) => page.evaluate(`(() => {${body}})()`) as never }, /a glance/, SEEN_MS);
    heard = await tree(page);
  });
  afterAll(async () => {
    await browser?.close();
    host?.close();
  });

  const ofRole = (...roles: readonly string[]): Heard[] => heard.filter(({ role }) => roles.includes(role));

  it("has one of each landmark, and each region has its name", () => {
    for (const role of ["main", "banner", "contentinfo"])
      expect([role, ofRole(role).length]).toEqual([role, 1]);
    const regions = ofRole("region").map(({ name }) => name);
    expect(regions.length).toBeGreaterThan(4);
    expect(regions).not.toContain("");
    expect(new Set(regions).size).toBe(regions.length);
  });

  it("has one heading of the first level, and leaves no level out", () => {
    const levels = ofRole("heading").map(({ level }) => level ?? 0);
    expect(levels.filter((level) => level === 1).length).toBe(1);
    expect(levels[0]).toBe(1);
    for (const [place, level] of levels.entries())
      expect(level - (levels[place - 1] ?? level)).toBeLessThanOrEqual(1);
  });

  it("names every control and every picture", () => {
    expect(ofRole(...CONTROLS).length).toBeGreaterThan(8);
    expect(ofRole(...CONTROLS, "image", "img", "progressbar").filter(({ name }) => name === "")).toEqual([]);
  });

  it("says the table as one, at a desk and on a phone", async () => {
    for (const width of [1280, 390]) {
      await size(page, width);
      heard = await tree(page);
      expect(ofRole("table").map(({ name }) => name)).toEqual([
        "A row for each file that is measured in this browser",
      ]);
      expect(ofRole("columnheader").length).toBe(6);
      expect(ofRole("rowheader").length).toBe(FILES);
      expect(ofRole("cell", "gridcell").length).toBe(FILES * 5);
    }
    await size(page, 1280);
  });

  it("says what is new, and not each step", () => {
    expect(aloud.some((text) => /Finished/.test(text))).toBe(true);
    expect(aloud.filter((text) => /\b(Step|Turn) \d/.test(text))).toEqual([]);
    expect(aloud.length, aloud.join(" | ")).toBeLessThanOrEqual(4 * FILES + 4);
  });

  it.each([1280, 390])(
    "is reached by Tab whole and in its order at %i px, and it is seen where one is",
    async (width) => {
      await size(page, width);
      const stops = await tabbed(page);
      const own = stops.filter(({ words }) => !words.startsWith("other: "));
      expect(own.map(({ words }) => words)).toEqual((await controls(page)).map(({ words }) => words));
      expect(own.filter(({ is_seen }) => !is_seen)).toEqual([]);
      await size(page, 1280);
    },
  );

  it("is worked by keys: the skip link, photos, the slider, what is folded", async () => {
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.focus("a.skip");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("app");
    for (const [place, key] of [
      [1, "Enter"],
      [2, "Space"],
    ] as const) {
      const thumb = `#masks .strip button:nth-child(${place + 1})`;
      await page.focus(thumb);
      await page.keyboard.press(key);
      const pressed = await page.$$eval("#masks .strip button", (all) =>
        all.map((each) => each.getAttribute("aria-pressed")),
      );
      expect(pressed).toEqual(pressed.map((_, at) => String(at === place)));
    }
    for (const id of ["masks-blend", "photo-blend"]) {
      await page.focus(`#${id}`);
      const said = () => page.$eval(`#${id}`, (each) => each.getAttribute("aria-valuetext"));
      await page.keyboard.press("Home");
      expect(await said()).toBe("0 %");
      await page.keyboard.press("ArrowRight");
      expect(await said()).toBe("5 %");
      await page.keyboard.press("End");
      expect(await said()).toBe("100 %");
    }
    for (const key of ["Enter", "Space"] as const)
      if ((await page.$("summary")) !== null) {
        const isOpen = () => page.$eval("details", (each) => each.open);
        const before = await isOpen();
        await page.focus("summary");
        await page.keyboard.press(key);
        expect(await isOpen()).toBe(!before);
      }
  });

  it.each([
    [1280, 2],
    [1280, 4],
    [390, 2],
  ])("of %i px is read at a zoom of %i without scrolling sideways", async (width, zoom) => {
    await page.setViewport({ width: Math.floor(width / zoom), height: 400, deviceScaleFactor: zoom });
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await size(page, 1280);
  });

  it.each(["light", "dark"] as const)("has no text too faint to read, %s", async (scheme) => {
    for (const width of [1280, 390]) {
      await size(page, width, scheme);
      expect(await tooFaint(page)).toEqual([]);
    }
    await size(page, 1280);
  });

  it("has no control on a phone that a finger misses", async () => {
    await page.setViewport({ width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
    await says(page, /Run again/, SEEN_MS); // it is loaded again, as another device, and shows what was measured
    const all = await controls(page, ":not(p a, li a, dd a, .skip)"); // links within a text are as high as its lines
    expect(all.length).toBeGreaterThan(8);
    expect(all.filter((each) => Math.min(each.width_px, each.height_px) < TOUCHED_PX)).toEqual([]);
    await size(page, 1280);
  });

  it("leaves no fault in the console", () => {
    expect([...faults.console, ...faults.faults]).toEqual([]);
  });
});
