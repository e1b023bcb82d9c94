// The golden check of a run, the sentences that it says, and what a map that is far off looks like.
import { expect, test } from "vitest";
import type { GoldenMaps } from "../../src/contract/documents";
import { fixed, percent, rounded } from "../../src/method/decimals";
import { GoldenCheck, type GoldenWanted } from "../../src/method/golden_check";
import type { ClassMap } from "../../src/pixels/arrays";
import { judge } from "../../src/pixels/judge";

const HEIGHT = 40;
const WIDTH = 30;

function mapOf(kind: (row: number, column: number) => number): ClassMap {
  const classes = Uint8Array.from({ length: HEIGHT * WIDTH }, (_, at) =>
    kind(Math.floor(at / WIDTH), at % WIDTH),
  );
  return { height_px: HEIGHT, width_px: WIDTH, classes };
}

/** A different shape of two classes for each photo. */
const photo = (number: number): ClassMap =>
  mapOf((row, column) =>
    row > 8 + number && row < 31 && column > 5 + number && column < 9 + row / 3 ? 1 + (row > 18 ? 1 : 0) : 0,
  );
const everywhere = (kind: number): ClassMap => mapOf(() => kind);
const moved = (from: ClassMap, source: (row: number, column: number) => number): ClassMap =>
  mapOf((row, column) => from.classes[source(row, column)]!);

function check(more: Partial<GoldenMaps> = {}, wanted: Partial<GoldenWanted> = {}): GoldenCheck {
  const photos = [photo(0), photo(1), photo(2)];
  const share = (value: number) => photos.map(() => value);
  const golden: GoldenMaps = {
    maps: ["0", "1", "2"],
    network_maps: null,
    least_network_agreement: 0.9,
    arithmetic: "float32",
    allowed: { float32: share(0.02), float16: share(0.05), int8: share(0.1) },
    ...more,
  };
  const classMap = (file: string): ClassMap => (file.startsWith("n") ? everywhere(0) : photos[Number(file)]!);
  return new GoldenCheck({ golden, photos, classMap, accelerator: "cpu", arithmetic: "float32", ...wanted });
}

function ran(it: GoldenCheck, maps: readonly ClassMap[], again: ClassMap = maps[0]!) {
  const shares = maps.map((map) => it.add(map));
  it.again(again);
  return { shares, ...it.result() };
}

test("the maps of the desktop pass, and say how many pixels were compared", () => {
  const found = ran(check(), [photo(0), photo(1), photo(2)]);
  expect(found).toEqual({
    shares: [1, 1, 1],
    status: "passed",
    reason: "",
    values: 3 * HEIGHT * WIDTH,
    max_abs_error: 0,
    tolerance: 0.02,
  });
});

test("no photo is no check", () => {
  expect(check().result().status).toBe("not checked");
});

test.each([
  ["it is upside down", (row: number, column: number) => (HEIGHT - 1 - row) * WIDTH + column],
  ["it is mirrored", (row: number, column: number) => row * WIDTH + WIDTH - 1 - column],
  [
    "it is turned by 180 degrees",
    (row: number, column: number) => (HEIGHT - 1 - row) * WIDTH + WIDTH - 1 - column,
  ],
  [
    "it is moved by 2 rows and 1 columns",
    (row: number, column: number) => ((row + 38) % HEIGHT) * WIDTH + ((column + 29) % WIDTH),
  ],
])("a map that is far off is told: %s", (sentence, source) => {
  const found = judge(moved(photo(0), source), photo(0), 0.02);
  expect(found.is_near).toBe(false);
  expect(found.likely).toContain(sentence);
});

test("exchanged classes, one class everywhere, the photo before and another size are told", () => {
  const exchanged = { ...photo(0), classes: photo(0).classes.map((kind) => [2, 0, 1][kind]!) };
  expect(judge(exchanged, photo(0), 0.02).likely).toMatch(/classes are exchanged/);
  expect(judge(everywhere(2), photo(0), 0.02).likely).toBe(
    "it is class 2 everywhere, as where no output was written",
  );
  expect(judge(photo(2), photo(0), 0.002, photo(2)).likely).toBe("it is the map of the photo before it");
  const small = { height_px: 1, width_px: 2, classes: new Uint8Array(2) };
  expect(judge(small, photo(0), 0.02)).toMatchObject({
    agreement: 0,
    is_near: false,
    likely: "it is 1 x 2, not 40 x 30",
  });
});

test("another map the second time fails, and so does one map for all photos", () => {
  expect(ran(check(), [photo(0), photo(1), photo(2)], photo(1)).reason).toMatch(
    /photo 0 gave another class map/,
  );
  const same = ran(check(), [everywhere(0), everywhere(0), everywhere(0)]);
  expect(same.status).toBe("failed");
  expect(same.reason).toMatch(/^the output does not depend on the input/);
  expect(same.reason).toMatch(/; and 1 more$/);
});

test("a file that is as the desktop's and not as its network was exported wrong", () => {
  const found = ran(check({ network_maps: ["n", "n", "n"] }), [photo(0), photo(1), photo(2)]);
  expect(found.status).toBe("failed");
  expect(found.reason).toMatch(/90\.00% is asked: the file was exported wrong$/);
});

test("a file of 8-bit integers that a GPU runs otherwise may be near its network's maps", () => {
  const wanted = { accelerator: "gpu", arithmetic: "float16" } as const;
  const maps = { network_maps: ["n", "n", "n"], arithmetic: "int8" } as const;
  const zeros = [everywhere(0), everywhere(0), everywhere(0)];
  expect(ran(check(maps, wanted), zeros).status).toBe("passed");
  expect(ran(check(maps, { ...wanted, accelerator: "cpu" }), zeros).status).toBe("failed");
});

test.each([
  [0.125, 2, "0.12"],
  [0.375, 2, "0.38"],
  [2.5, 0, "2"],
  [3.5, 0, "4"],
  [1.005, 2, "1.00"],
  [-0.001, 2, "0.00"],
  [-1.25, 1, "-1.2"],
  [99.995, 2, "100.00"],
  [1e15 + 0.5, 0, "1000000000000000"],
  [0, 1, "0.0"],
])("%d with %i places is %s, as Python rounds", (value, places, text) => {
  expect(fixed(value, places)).toBe(text);
});

test("shares are said in per cent, and numbers rounded", () => {
  expect(percent(0.055, 1)).toBe("5.5%");
  expect(rounded(0.123456789, 8)).toBe(0.12345679);
});
