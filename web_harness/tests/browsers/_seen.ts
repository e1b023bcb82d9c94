// What a page is to somebody who hears, tabs, zooms or touches it: asked of the browser, not of our sources.

import type { CDPSession, Page } from "puppeteer-core";

/** A node of the accessibility tree. */
export interface Heard {
  readonly role: string;
  readonly name: string;
  readonly level: number | null;
}

/** Return what a screen reader is told of, in its order. */
export async function tree(page: Page): Promise<Heard[]> {
  const session: CDPSession = await page.createCDPSession();
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  return nodes
    .filter((node) => !node.ignored)
    .map((node) => ({
      role: String(node.role?.value ?? ""),
      name: String(node.name?.value ?? "").trim(),
      level:
        (node.properties?.find((each) => each.name === "level")?.value.value as number | undefined) ?? null,
    }));
}

/** A control that is shown: `words` say which one it is to whoever reads a test's fault. */
export interface Control {
  readonly words: string;
  readonly width_px: number;
  readonly height_px: number;
}

/** In pages: which controls are shown and can be used, in the document's order, each by the part that is touched. */
const CONTROLS = `
  const words = (node) => node.tagName.toLowerCase() + ": " +
    (node.getAttribute("aria-label") ?? (node.labels?.[0] ?? node).textContent.trim() ?? "").slice(0, 50);
  const touched = (node) => node.type === "file" ? node.closest("label") : node;
  const controls = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")].filter(
    (node) => !node.disabled && touched(node).getClientRects().length > 0 && node.closest("[hidden]") === null);`;

/** Return the controls that are shown. `kinds`: a selector that they match. */
export async function controls(page: Page, kinds = "*"): Promise<Control[]> {
  return (await page.evaluate(`(() => {${CONTROLS}
    return controls.filter((node) => node.matches(${JSON.stringify(kinds)})).map((node) => {
      const { width, height } = touched(node).getBoundingClientRect();
      return { words: words(node), width_px: width, height_px: height };
    });
  })()`)) as Control[];
}

/** Press Tab until it comes round; return each stop, and whether it is seen that it is there. */
export async function tabbed(page: Page): Promise<{ readonly words: string; readonly is_seen: boolean }[]> {
  await page.evaluate(() => {
    document.body.tabIndex = -1; // to begin at the top, wherever was clicked before
    document.body.focus();
    document.body.removeAttribute("tabindex");
    scrollTo(0, 0);
  });
  const stops: { words: string; is_seen: boolean }[] = [];
  for (let time = 0; time < 200; time += 1) {
    await page.keyboard.press("Tab");
    const stop = (await page.evaluate(`(() => {${CONTROLS}
      const node = document.activeElement;
      if (node === null || node === document.body) return null;
      if (node.dataset.tabbed === "yes") return null;
      node.dataset.tabbed = "yes";
      if (!controls.includes(node)) return { words: "other: " + words(node), is_seen: true };
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(touched(node));
      const isSeen = (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
      return { words: words(node), is_seen: isSeen };
    })()`)) as { words: string; is_seen: boolean } | null;
    if (stop === null) break;
    stops.push(stop);
  }
  await page.evaluate(() => {
    for (const each of document.querySelectorAll<HTMLElement>("[data-tabbed]")) delete each.dataset.tabbed;
  });
  return stops;
}

/** Return texts whose contrast with what is behind them is below what WCAG asks, AA. Of disabled controls it asks none. */
export async function tooFaint(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
    /** Lay colours over one another as the browser does, the last on top. */
    const laid = (colors: readonly string[]): number[] => {
      context.globalCompositeOperation = "source-over";
      context.fillStyle = "white";
      context.fillRect(0, 0, 1, 1);
      for (const color of colors) {
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
      }
      return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    };
    const light = (color: readonly number[]): number => {
      const [red, green, blue] = color.map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    };
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? "";
      const parent = node.parentElement!;
      if (
        text === "" ||
        parent.getClientRects().length === 0 ||
        parent.closest(".away, .skip, :disabled, .off")
      )
        continue;
      const style = getComputedStyle(parent);
      if (style.visibility === "hidden") continue;
      const behind: string[] = [];
      let opacity = 1;
      for (let at: Element | null = parent; at !== null; at = at.parentElement) {
        const one = getComputedStyle(at);
        behind.unshift(one.backgroundColor);
        opacity *= Number(one.opacity);
      }
      const below = laid(behind);
      const own = laid([...behind, style.color]).map(
        (value, channel) => value * opacity + below[channel]! * (1 - opacity),
      );
      const [bright, dark] = [light(own), light(below)].sort((one, other) => other - one) as [number, number];
      const px = Number.parseFloat(style.fontSize);
      const isLarge = px >= 24 || (px >= 18.66 && Number(style.fontWeight) >= 700);
      const ratio = (bright + 0.05) / (dark + 0.05);
      if (ratio < (isLarge ? 3 : 4.5)) found.push(`${ratio.toFixed(2)}: ${text.slice(0, 60)}`);
    }
    return found;
  });
}
