// The page as a person or a screen reader finds it: its rows, its state, its words; nothing of how it is made.

import type { Page } from "puppeteer-core";
import { until } from "./_opened";

/** A row of the table of results, as texts. */
export interface RowShown {
  readonly file: string;
  readonly time: string;
  readonly miou: string;
  readonly same: string;
  readonly golden: string;
  readonly verdict: string;
}

/** The body of a function that returns the rows that are shown: for browsers that take a text alone, too. */
export const ROWS = `
  return [...document.querySelectorAll("#results tbody tr")].map((row) => {
    const text = (kind) => (row.querySelector(kind)?.innerText ?? "").replaceAll(/\\s+/g, " ").trim();
    return {
      file: text("th"), time: text("td.time"), miou: text("td.miou"), same: text("td.same"),
      golden: text("td.golden"), verdict: text("td.verdict"),
    };
  });`;

/** Of the state of the job: a word that it ends with. */
export const STATE = `return (document.querySelector("#job .state")?.innerText ?? "").trim();`;

export async function rows(page: Page): Promise<RowShown[]> {
  return (await page.evaluate(`(() => {${ROWS}})()`)) as RowShown[];
}

export async function state(page: Page): Promise<string> {
  return (await page.evaluate(`(() => {${STATE}})()`)) as string;
}

/** Whether a row has all that a person waits for first: golden check, mIoU and a time. */
export function isMeasured(row: RowShown): boolean {
  return /Passed/.test(row.golden) && /\d/.test(row.miou) && /\d/.test(row.time);
}

/** Wait until this many rows are measured. */
export function measured(page: Page, count: number, ms: number): Promise<RowShown[]> {
  return until(`${count} measured rows`, ms, async () => {
    const found = await rows(page);
    return found.filter(isMeasured).length >= count && found;
  });
}

/** Wait until the job ends and return its last words. */
export async function ended(page: Page, ms: number): Promise<string> {
  try {
    return await until("the job ends", ms, async () => {
      const said = await state(page);
      return /^\W*(Finished|Cancelled|Ended early|The bundle was refused)/.test(said) && said;
    });
  } catch (error) {
    throw new Error(`${String(error)}; it says: ${await words(page)}`);
  }
}

/** Wait until the computer has all that is shown. */
export async function taken(page: Page, ms: number): Promise<void> {
  await until("the computer has every row", ms, async () => {
    const found = await rows(page);
    return found.length > 0 && found.every((row) => !/On its way/.test(row.verdict));
  });
}

/** Return all that the page says. */
export async function words(page: Page): Promise<string> {
  return ((await page.evaluate("document.body.innerText")) as string).slice(0, 4000); // what is seen, not what is hidden
}

/** Wait until the page says something. */
export function says(page: Page, wanted: RegExp, ms: number): Promise<string> {
  return until(`the page says ${wanted}`, ms, async () => {
    const said = await words(page);
    return wanted.test(said) && said;
  });
}

/** Press a button by its name, as a person finds it. */
export async function press(page: Page, name: string): Promise<void> {
  const button = await page.waitForSelector(`::-p-aria([name="${name}"][role="button"])`, { visible: true });
  await button?.click();
}

/** Give the page the size of a phone or a desk. */
export async function size(page: Page, width: number, scheme: "light" | "dark" = "light"): Promise<void> {
  await page.setViewport({ width, height: width < 600 ? 844 : 900, deviceScaleFactor: 1 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
}

/** How far the page can be scrolled sideways, in pixels. */
export function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
