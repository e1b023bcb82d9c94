// One's own photo in the page, in any browser: a file given to the input, what is said of it, and its class map.

import { readFileSync } from "node:fs";
import type { Elsewhere } from "./_elsewhere";
import { until } from "./_opened";

type Run = Pick<Elsewhere, "run">;

/** A class map as the page shows it: a byte a pixel. */
export interface MapShown {
  readonly height_px: number;
  readonly width_px: number;
  readonly classes: Buffer;
}

/** Give a file of this name to the page's input, as the person's choice. */
export async function give(page: Run, bytes: Uint8Array, name: string): Promise<void> {
  await page.run(`
    const bytes = Uint8Array.from(atob(${JSON.stringify(Buffer.from(bytes).toString("base64"))}), (sign) => sign.charCodeAt(0));
    const chosen = new DataTransfer();
    chosen.items.add(new File([bytes], ${JSON.stringify(name)}, { type: "image/jpeg" }));
    const input = document.querySelector("#photo input[type=file]");
    input.files = chosen.files;
    input.dispatchEvent(new Event("change"));
    return null;`);
}

/** Wait until the page says this of the photo; return the whole of it. */
export function saysOfPhoto(page: Run, wanted: RegExp, ms: number): Promise<string> {
  return until(`the page says ${wanted} of the photo`, ms, async () => {
    const said = await page.run<string>(`return document.querySelector("#photo .status").textContent`);
    return wanted.test(said) && said;
  });
}

/** Return the map that lies over the photo, by the classes' colours; 254 where a pixel is of no class. */
export async function mapShown(page: Run, colors: readonly (readonly number[])[]): Promise<MapShown> {
  const { height_px, width_px, base64 } = await page.run<{
    height_px: number;
    width_px: number;
    base64: string;
  }>(`
    const canvas = document.querySelector("#photo canvas.over");
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data, width, height } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const places = new Map(${JSON.stringify(colors)}.map((color, place) => [color.join(), place]));
    let text = "";
    for (let at = 0; at < data.length; at += 4) {
      const place = data[at + 3] === 0 ? 0 : places.get(data.slice(at, at + 3).join()) ?? 254;
      text += String.fromCharCode(place);
    }
    return { height_px: height, width_px: width, base64: btoa(text) };`);
  return { height_px, width_px, classes: Buffer.from(base64, "base64") };
}

/** Return the classes' colours of a bundle. */
export function colorsOf(bundle: string): number[][] {
  return JSON.parse(readFileSync(`${bundle}/bundle.json`, "utf8")).colors_rgb;
}
