// What photos' files say before anything is decoded: kinds, sizes, bounds, and sentences for what is no photo.
import { expect, test } from "vitest";
import { decodePhoto, readPhotoFile } from "../../src/pixels/decode";
import { orientationInExif } from "../../src/pixels/exif";
import { PhotoRefused } from "../../src/pixels/photo_file";

const text = (said: string): number[] => Array.from(said, (sign) => sign.charCodeAt(0));
const big = (value: number): number[] => [24, 16, 8, 0].map((bits) => (value >>> bits) & 0xff);
const little = (value: number): number[] => big(value).reverse();

function box(name: string, ...body: number[]): number[] {
  return [...big(8 + body.length), ...text(name), ...body];
}

function ispe(height_px: number, width_px: number): number[] {
  return box("ispe", 0, 0, 0, 0, ...big(width_px), ...big(height_px));
}

function heic(brand: string, height_px: number, width_px: number): Uint8Array {
  const start = box("ftyp", ...text("mif1"), 0, 0, 0, 0, ...text(brand));
  return Uint8Array.from([
    ...start,
    ...ispe(160, 120),
    ...ispe(height_px, width_px),
    ...new Array<number>(64).fill(0),
  ]);
}

function gif(height_px: number, width_px: number): Uint8Array {
  return Uint8Array.from([
    ...text("GIF89a"),
    ...little(width_px).slice(0, 2),
    ...little(height_px).slice(0, 2),
    0,
    0,
  ]);
}

function bmp(height_px: number, width_px: number): Uint8Array {
  return Uint8Array.from([
    ...text("BM"),
    ...new Array<number>(12).fill(0),
    ...little(40),
    ...little(width_px),
    ...little(height_px),
  ]);
}

test.each([
  ["HEIC", heic("heic", 4032, 3024)],
  ["AVIF", heic("avif", 4032, 3024)],
  ["GIF", gif(4032, 3024)],
  ["BMP", bmp(4032, 3024)],
  ["BMP", bmp(-4032, 3024)],
])("a %s says its kind and its largest size", async (kind, bytes) => {
  expect(await readPhotoFile(bytes)).toMatchObject({ kind, height_px: 4032, width_px: 3024, orientation: 1 });
});

test.each([
  ["HEIC", heic("heic", 10_001, 10_000)],
  ["GIF", gif(50_000, 50_000)],
  ["BMP", bmp(2 ** 31 - 1, 2 ** 31 - 1)],
  ["JPEG", Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0])],
  [
    "WebP",
    Uint8Array.from([
      ...text("RIFF"),
      ...little(22),
      ...text("WEBPVP8X"),
      ...little(10),
      0,
      0,
      0,
      0,
      255,
      255,
      255,
      255,
      255,
      255,
    ]),
  ],
])("a %s of too many pixels is refused by its header", async (_, bytes) => {
  await expect(readPhotoFile(bytes)).rejects.toThrow(/at most 100 million are taken. Scale it down first\./);
});

test("a file that is no photo, and an empty one, are refused with what to do", async () => {
  await expect(decodePhoto(new Blob(["%PDF-1.7"]))).rejects.toThrow(/Choose a JPEG, PNG or WebP file\./);
  await expect(decodePhoto(new Blob([]))).rejects.toThrow(/empty/);
});

test("any bytes after a beginning of any kind are read or refused, and nothing else happens", async () => {
  const starts = [
    [0xff, 0xd8, 0xff],
    [0x89, ...text("PNG\r\n\x1a\n")],
    [...text("RIFF"), 60, 0, 0, 0, ...text("WEBP")],
    text("GIF89a"),
    text("BM"),
    box("ftyp", ...text("heic")),
    [],
  ];
  let state = 1;
  const byte = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state >> 16;
  };
  let refused = 0;
  for (let round = 0; round < 2000; round++) {
    const rest = Array.from({ length: byte() % 90 }, () => [0, 0xff, 0xd8, byte()][byte() % 4]! & 0xff);
    const bytes = Uint8Array.from([...starts[round % starts.length]!, ...rest]);
    await readPhotoFile(bytes).catch((error: unknown) => {
      if (!(error instanceof PhotoRefused)) throw error;
      refused++;
    });
  }
  expect(refused).toBeGreaterThan(1000);
});

test("an orientation is found in both byte orders, and none in what is cut or of another type", () => {
  const entry = (order: "II" | "MM", type: number, count: number, value: number): Uint8Array => {
    const two = (said: number): number[] => (order === "II" ? little(said).slice(0, 2) : big(said).slice(2));
    const four = order === "II" ? little : big;
    const said = type === 3 ? [...two(value), 0, 0] : four(value);
    return Uint8Array.from([
      ...text(order),
      ...two(42),
      ...four(8),
      ...two(1),
      ...two(0x112),
      ...two(type),
      ...four(count),
      ...said,
    ]);
  };
  for (const order of ["II", "MM"] as const) {
    for (const type of [3, 4]) expect(orientationInExif(entry(order, type, 1, 6))).toBe(6);
    expect(orientationInExif(entry(order, 3, 2, 6))).toBeNull();
    expect(orientationInExif(entry(order, 2, 1, 6))).toBeNull();
    const whole = entry(order, 3, 1, 6);
    for (let end = 0; end < whole.length; end++) expect(orientationInExif(whole.subarray(0, end))).toBeNull();
  }
});
