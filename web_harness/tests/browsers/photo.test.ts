// One's own photo in each browser: turned, resized and segmented as the desktop does it; what is no photo gets a sentence.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leastAgreement, measuredFact, python, scratch } from "./_came";
import { EACH, type Elsewhere } from "./_elsewhere";
import { until } from "./_opened";
import { colorsOf, give, mapShown, saysOfPhoto } from "./_own_photo";
import { exported, type Hosted, hosted } from "./_static";
import { told } from "./_told";

const { bundles, artifacts } = told();
const SEEN_MS = 90_000;
const DONE = /a glance, not a measurement/;
const HEIC = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from("ftypheic\0\0\0\0mif1heic", "latin1"),
  Buffer.from("ispe\0\0\0\0", "latin1"),
  Buffer.from([0, 0, 0x0f, 0xc0, 0, 0, 0x0b, 0xd0]), // 4032 x 3024
  Buffer.alloc(4000, 7),
]);
const NO_PHOTOS: Readonly<Record<string, Uint8Array>> = {
  "a text that is called .jpg": Buffer.from("This is a letter, and no photo.\n".repeat(20)),
  HEIC: HEIC,
  "an empty file": new Uint8Array(0),
  "the first half of a JPEG": new Uint8Array(0), // which the test cuts off the photo
};

describe("one's own photo", () => {
  let host: Hosted;
  let photo: Buffer;
  let map: Buffer;
  let size: { height_px: number; width_px: number };

  beforeAll(async () => {
    const own = scratch();
    const network = artifacts.topformer_tiny.find((path) => path.endsWith("fp32-320x192.onnx"))!;
    await python(["-m", "scripts.web", "photos", own, network]);
    photo = readFileSync(join(own, "photo.jpg"));
    map = readFileSync(join(own, "photo.map"));
    size = JSON.parse(readFileSync(join(own, "photo.json"), "utf8"));
    host = await hosted(await exported(bundles.small), "as named");
  });
  afterAll(() => host?.close());

  describe.each(EACH)("in %s", (name, program, open) => {
    let page: Elsewhere;
    beforeAll(async () => {
      if (program === undefined) return;
      page = await open(host.url);
      await until("the bundle is open", SEEN_MS, () =>
        page.run<boolean>(`return document.querySelector("#photo input[type=file]")?.disabled === false`),
      );
    });
    afterAll(() => page?.close());

    it.skipIf(program === undefined)("is turned, and its map is the desktop's by each file", async () => {
      await give(page, photo, "photo.jpg");
      for (const place of [0, 1]) {
        if (place > 0)
          await page.run(`const choice = document.querySelector("#photo-file");
            choice.value = "${place}"; choice.dispatchEvent(new Event("change")); return null;`);
        await saysOfPhoto(page, place > 0 ? /Finding/ : /./, SEEN_MS);
        await saysOfPhoto(page, DONE, SEEN_MS);
        const shown = await mapShown(page, colorsOf(bundles.small));
        expect([shown.height_px, shown.width_px]).toEqual([size.height_px, size.width_px]);
        const same = shown.classes.filter((one, at) => one === map[at]).length / map.length;
        expect(same).toBeGreaterThanOrEqual(leastAgreement("fp32"));
        measuredFact(
          `${name}: own photo, file ${place}: ${(100 * same).toFixed(4)} % of pixels as on the desktop`,
        );
      }
      expect(new Set(map).size).toBeGreaterThan(1); // a map of one class would say nothing
    });

    it.skipIf(program === undefined).each(Object.keys(NO_PHOTOS))(
      "is refused in a sentence: %s",
      async (which) => {
        const bytes = which.includes("half") ? photo.subarray(0, photo.length >> 1) : NO_PHOTOS[which]!;
        await give(page, photo, "photo.jpg"); // so that what is said is of the next one
        await saysOfPhoto(page, DONE, SEEN_MS);
        await give(page, bytes, "photo.jpg");
        const said = await until("it is refused", SEEN_MS, async () => {
          const now = await page.run<string>(`return document.querySelector("#photo .status").textContent`);
          return !/^(Reading|Finding)|a glance/.test(now) && now;
        });
        expect(said).toMatch(/^[A-Z][^<>{}]+\.$/);
        if (which === "HEIC") expect(said).toMatch(/HEIC.*as JPEG or PNG/);
        expect(said).not.toMatch(/Error|undefined|null|\[object/);
        process.stdout.write(`measured: ${name}, ${which}: ${said}\n`);
      },
    );

    it.skipIf(program === undefined)("leaves no fault in the console", () => {
      expect(page.faults()).toEqual([]);
    });
  });
});
