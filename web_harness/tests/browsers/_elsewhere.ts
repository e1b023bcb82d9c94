// A page in whichever of three browsers: opened, asked and closed in the same words.

import type { Page } from "puppeteer-core";
import { chromium, firefox, hear } from "./_opened";
import { told } from "./_told";
import { webkit } from "./_webkit";

/** A page in some browser. `faults`: of its console; WebKit's driver does not say them. */
export interface Elsewhere {
  /** Run a function's body in the page; it may return what JSON holds. */
  run<T>(body: string): Promise<T>;
  faults(): string[];
  close(): Promise<void>;
}

const { chromium: chromiumProgram, firefox: firefoxProgram, webkit: webkitProgram } = told();

async function byPuppeteer(start: typeof firefox, program: string, url: string): Promise<Elsewhere> {
  const browser = await start(program);
  const page: Page = await browser.newPage();
  const heard = hear(page);
  await page.goto(url);
  return {
    run: async <T>(body: string) => (await page.evaluate(`(() => {${body}})()`)) as T,
    faults: () => [...heard.console, ...heard.faults],
    close: () => browser.close(),
  };
}

async function byWebKit(program: string, url: string): Promise<Elsewhere> {
  const window = await webkit(program);
  await window.open(url);
  return { run: window.run, faults: () => [], close: window.close };
}

/** Each browser: its name, its program where there is one, and how a page is opened in it. */
export const EACH = [
  ["Chromium", chromiumProgram, (url: string) => byPuppeteer(chromium, chromiumProgram ?? "", url)],
  ["Firefox", firefoxProgram, (url: string) => byPuppeteer(firefox, firefoxProgram ?? "", url)],
  ["WebKitGTK", webkitProgram, (url: string) => byWebKit(webkitProgram ?? "", url)],
] as const;
