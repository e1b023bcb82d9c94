// Chromium and Firefox by puppeteer-core, each with a profile of its own; what a page says and asks for is kept.

import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { guarded } from "./_guarded";
import { patient } from "./_patience";

const CHROMIUM = [
  "--no-sandbox", // as root it runs no other way, and it opens our page alone
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
];

/** What a page said and asked for, in the order that it came. */
export interface Heard {
  readonly console: string[];
  readonly faults: string[];
  readonly hosts: Set<string>;
}

/** Start Chromium, headless. */
export async function chromium(program: string, words: readonly string[] = []): Promise<Browser> {
  return kept(
    await puppeteer.launch({
      executablePath: program,
      headless: true,
      args: [...CHROMIUM, ...words],
      protocolTimeout: patient(180_000),
      timeout: patient(30_000),
    }),
  );
}

/** Start Firefox, headless, by WebDriver BiDi. */
export async function firefox(program: string): Promise<Browser> {
  return kept(
    await puppeteer.launch({
      browser: "firefox",
      executablePath: program,
      headless: true,
      protocolTimeout: patient(180_000),
      timeout: patient(30_000),
    }),
  );
}

function kept(browser: Browser): Browser {
  guarded(browser.process());
  return browser;
}

/** Keep what a page says from now on: warnings and errors of the console, what was thrown, hosts asked. */
export function hear(page: Page): Heard {
  const heard: Heard = { console: [], faults: [], hosts: new Set() };
  page.on("console", (message) => {
    const type = message.type();
    if (message.text() === "No available adapters.") return; // Chromium's own, where WebGPU is asked for and there is none
    if (type === "error" || type === "warn") heard.console.push(`${type}: ${message.text()}`);
  });
  page.on("pageerror", (error) => heard.faults.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http")) heard.hosts.add(url.host);
  });
  return heard;
}

/** Wait until `look` gives something, and return it; throws with `what` after the time, as PATIENCE has it. */
export async function until<T>(
  what: string,
  ms: number,
  look: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const end = Date.now() + patient(ms);
  let last: unknown = null;
  while (Date.now() < end) {
    try {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${patient(ms)} ms${last === null ? "" : `; ${String(last)}`}`);
}
