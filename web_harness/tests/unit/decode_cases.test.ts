// The cases of photos' files, as far as Node decodes them: PNG. tests/browsers runs all.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { run } from "../../src/cases/sets/decode";
import { decodePhoto } from "../../src/pixels/decode";

const CASES = new URL("../../../conformance/cases/", import.meta.url);
const FOLDER = { bytes: (file: string) => new Uint8Array(readFileSync(new URL(file, CASES))) };

test("every PNG is decoded to the byte, and what wants a browser is skipped and said to be", async () => {
  const results = await run(FOLDER, async (file, name) => (name.endsWith(".png") ? decodePhoto(file) : null));
  const png = results.filter((one) => one.name.endsWith(".png"));
  expect(png.length).toBeGreaterThan(3);
  expect(png.map((one) => [one.outcome, one.why])).toEqual(png.map(() => ["equal", ""]));
  const others = results.filter((one) => !png.includes(one));
  expect(others.map((one) => one.outcome)).toEqual(others.map(() => "skipped"));
});
