// Photos' files at their limits: of size and memory, cut or damaged in their pixels, and what of them a browser gets to see.

import { deflateSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { crc32 } from "../../src/contract/crc32";
import { decodePhoto, readPhotoFile } from "../../src/pixels/decode";
import { orientationOf } from "../../src/pixels/exif";
import { inflated } from "../../src/pixels/inflate";
import { MOST_FILE_BYTES, PhotoRefused } from "../../src/pixels/photo_file";
import { areWithin, countOf, isOfAPhoto } from "../../src/pixels/sizes";

afterEach(() => vi.unstubAllGlobals());

const text = (said: string): number[] => Array.from(said, (sign) => sign.charCodeAt(0));
const big = (value: number): number[] => [24, 16, 8, 0].map((bits) => (value >>> bits) & 0xff);
const little = (value: number): number[] => big(value).reverse();
const exif = (orientation: number): number[] =>
  [text("MM"), 0, 42, big(8), 0, 1, 1, 0x12, 0, 3, big(1), 0, orientation, 0, 0].flat();

function chunk(name: string, body: readonly number[] | Uint8Array, isSound = true): number[] {
  const named = [...text(name), ...body];
  const sum = crc32(Uint8Array.from(named));
  return [...big(body.length), ...named, ...big(isSound ? sum : sum ^ 1)];
}

interface Png {
  readonly width_px?: number;
  readonly type?: number;
  readonly stream?: Uint8Array;
  readonly more?: readonly number[];
}

/** A PNG of two rows of 8-bit samples, by default two red pixels, one above the other. */
function png({ width_px = 1, type = 2, stream = deflateSync(RED), more = [] }: Png = {}): Uint8Array {
  const header = [...big(width_px), ...big(2), 8, type, 0, 0, 0];
  const parts = [chunk("IHDR", header), more, chunk("IDAT", stream), chunk("IEND", [])];
  return Uint8Array.from([0x89, ...text("PNG\r\n\x1a\n"), ...parts.flat()]);
}

const RED = Uint8Array.of(0, 255, 0, 0, 0, 254, 0, 0);
const asBlob = (bytes: Uint8Array) => new Blob([bytes as Uint8Array<ArrayBuffer>]);
const decoded = (it?: Png) => decodePhoto(asBlob(png(it)));

describe("a photo's file", () => {
  const file = (size: number, arrayBuffer: () => Promise<ArrayBuffer>) => ({ size, arrayBuffer }) as Blob;

  test("that is too large is refused before it is read, and one that is as large as may be is read", async () => {
    const never = vi.fn(async () => new ArrayBuffer(0));
    await expect(decodePhoto(file(MOST_FILE_BYTES + 1, never))).rejects.toThrow(/larger than 512 MiB/);
    expect(never).not.toHaveBeenCalled();
    const read = async () => Uint8Array.from(text("%PDF-1.7")).buffer as ArrayBuffer;
    await expect(decodePhoto(file(MOST_FILE_BYTES, read))).rejects.toThrow(/no photo that a browser opens/);
  });

  test("that is gone is to be chosen again", async () => {
    const gone = file(9, async () => {
      throw new DOMException("gone", "NotReadableError");
    });
    await expect(decodePhoto(gone)).rejects.toThrow(/cannot be read any more/);
  });

  test("that takes more memory than there is is refused by its size; what else goes wrong is told as it is", async () => {
    const failing = (error: Error) =>
      vi.stubGlobal(
        "DecompressionStream",
        class {
          constructor() {
            throw error;
          }
        },
      );
    failing(new RangeError("Array buffer allocation failed"));
    const refused = await decoded().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PhotoRefused);
    expect((refused as Error).message).toMatch(/2 x 1 pixels takes more memory/);
    failing(new Error("something else"));
    await expect(decoded()).rejects.toThrow(/^something else$/);
  });
});

describe("a PNG", () => {
  test("stands upright as its Exif data says", async () => {
    const stored = await decoded();
    expect(stored).toMatchObject({ height_px: 2, width_px: 1 });
    expect([...stored.rgb]).toEqual([255, 0, 0, 254, 0, 0]);
    const turned = await decoded({ more: chunk("eXIf", exif(6)) });
    expect(turned).toMatchObject({ height_px: 1, width_px: 2 });
    expect([...turned.rgb]).toEqual([254, 0, 0, 255, 0, 0]);
  });

  test.each([
    ["whose pixels end too early", deflateSync(RED.subarray(0, 5)), /ends in the middle/],
    ["with a row of no filter", deflateSync(Uint8Array.of(5, ...RED.subarray(1))), /no filter/],
  ])("%s is refused", async (_, stream, why) => {
    await expect(decoded({ stream })).rejects.toThrow(why);
    await expect(decoded({ stream })).rejects.toThrow(PhotoRefused);
  });

  test("whose pixels are not compressed is refused", async () => {
    // as browsers say it; Node 20 says it by an error of its own
    class Strict extends TransformStream {
      constructor() {
        super({
          transform() {
            throw new TypeError("The compressed data was not valid");
          },
        });
      }
    }
    vi.stubGlobal("DecompressionStream", Strict);
    const refused = await decoded().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PhotoRefused);
    expect((refused as Error).message).toMatch(/cannot be decompressed/);
  });

  test("is read no further than its pixels go, whatever follows", async () => {
    const long = new Uint8Array(2 ** 18);
    long.set(RED);
    const cut = deflateSync(long, { level: 0 }).subarray(0, 2 ** 17);
    expect([...(await decoded({ stream: cut })).rgb]).toEqual([255, 0, 0, 254, 0, 0]);
  });

  test("of a palette is refused without one, and read with one", async () => {
    const stream = deflateSync(Uint8Array.of(0, 0, 0, 1));
    await expect(decoded({ type: 3, stream })).rejects.toThrow(/colours are missing/);
    const palette = chunk("PLTE", [7, 8, 9, 1, 2, 3]);
    expect([...(await decoded({ type: 3, stream, more: palette })).rgb]).toEqual([7, 8, 9, 1, 2, 3]);
  });

  test("is damaged by a wrong check sum of what its pixels need, and by no other", async () => {
    await expect(decoded({ more: chunk("PLTE", [1, 2, 3], false) })).rejects.toThrow(/check sum/);
    expect(await decoded({ more: chunk("tIME", [1, 2, 3], false) })).toMatchObject({ height_px: 2 });
  });
});

describe("what is decompressed", () => {
  test("is no more than may be, and what comes after that is not looked at", async () => {
    const cut = deflateSync(new Uint8Array(2 ** 21).fill(3), { level: 0 }).subarray(0, 2 ** 20);
    const found = await inflated([cut], 1000);
    expect([found.length, found[999]]).toEqual([1000, 3]);
    await expect(inflated([cut], 2 ** 21)).rejects.toThrow();
    expect(await inflated([deflateSync(Uint8Array.of(1, 2))], 1000)).toEqual(Uint8Array.of(1, 2));
  });
});

describe("what a browser gets to see", () => {
  const joined = (pieces: readonly Uint8Array[]) => pieces.flatMap((piece) => [...piece]);
  const segment = (marker: number, body: readonly number[]) => [
    0xff,
    marker,
    ...big(2 + body.length).slice(2),
    ...body,
  ];

  test("of a JPEG is its picture, through each restart of its scan, without Exif data or profile", async () => {
    const app = [...segment(0xe1, [...text("Exif\0\0"), ...exif(8)]), ...segment(0xe2, text("ICC_PROFILE"))];
    const frame = segment(0xc0, [8, 0, 5, 0, 7, 1, 1, 0x11, 0]);
    const restarts = Array.from({ length: 8 }, (_, place) => [1, 0xff, 0xd0 + place, 2, 0xff, 0]).flat();
    const scan = [...segment(0xda, [1, 1, 0, 0, 63, 0]), ...restarts];
    const whole = Uint8Array.from([0xff, 0xd8, ...app, ...frame, ...scan, 0xff, 0xd9]);
    const file = await readPhotoFile(whole);
    expect(file).toMatchObject({ kind: "JPEG", height_px: 5, width_px: 7, orientation: 8 });
    expect(joined(file.plain)).toEqual([0xff, 0xd8, ...frame, ...scan, 0xff, 0xd9]);
    await expect(readPhotoFile(whole.subarray(0, -2))).rejects.toThrow(/ends in the middle/);
  });

  test("of a WebP are its colours, and no alpha", async () => {
    const sizes = (4 << 14) | 6; // 5 rows of 7
    const body = [0x2f, ...little(sizes | (1 << 28)), 0];
    const found = await readPhotoFile(
      Uint8Array.from([...text("RIFF"), ...little(18), ...text("WEBPVP8L"), ...little(6), ...body]),
    );
    expect(found).toMatchObject({ kind: "WebP", height_px: 5, width_px: 7 });
    const opaque = [0x2f, ...little(sizes), 0];
    expect(joined(found.plain)).toEqual([
      ...text("RIFF"),
      ...little(18),
      ...text("WEBPVP8L"),
      ...little(6),
      ...opaque,
    ]);
  });

  test("of an old BMP is its size in 16 bits", async () => {
    const old = [...text("BM"), ...Array(12).fill(0), ...little(12), 7, 0, 5, 0, 1, 0, 24, 0];
    expect(await readPhotoFile(Uint8Array.from(old))).toMatchObject({ height_px: 5, width_px: 7 });
  });

  test("stands as it is stored where its orientation is none of the eight", () => {
    const said = [0, 1, 8, 9].map((orientation) => orientationOf(Uint8Array.from(exif(orientation)), null));
    expect(said).toEqual([1, 1, 8, 1]);
  });
});

describe("sizes", () => {
  test("of a photo go up to 100 million pixels, and begin with one", () => {
    expect(isOfAPhoto(10_000, 10_000)).toBe(true);
    expect(isOfAPhoto(10_000, 10_001)).toBe(false);
    for (const size of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(isOfAPhoto(size, 1) || isOfAPhoto(1, size)).toBe(false);
  });

  test("of a photo's file are held against the same limit", async () => {
    const gif = (height_px: number, width_px: number) =>
      readPhotoFile(
        Uint8Array.from([
          ...text("GIF89a"),
          ...little(width_px).slice(0, 2),
          ...little(height_px).slice(0, 2),
        ]),
      );
    expect(await gif(10_000, 10_000)).toMatchObject({ height_px: 10_000 });
    await expect(gif(0, 5)).rejects.toThrow(/no pixels/);
    await expect(gif(5, 0)).rejects.toThrow(/no pixels/);
  });

  test("of a tensor are counted up to a limit that no product passes", () => {
    expect(countOf([2, 3, 4])).toBe(24);
    expect(countOf([2 ** 14, 2 ** 14])).toBe(2 ** 28);
    expect(countOf([2 ** 14, 2 ** 14 + 1])).toBeNull();
    expect(countOf([2 ** 28, 2 ** 28, 2 ** 28])).toBeNull();
    for (const size of [0, -2, 1.5]) expect(countOf([4, size])).toBeNull();
  });

  test("of strides lie within memory to its last byte, and no further", () => {
    expect(areWithin(24, [2, 3], [12, 4], 0, 4)).toBe(true);
    expect(areWithin(23, [2, 3], [12, 4], 0, 4)).toBe(false);
    expect(areWithin(24, [2, 3], [12, 4], 1, 4)).toBe(false);
    expect(areWithin(100, [2, 3], [12, 4], -1, 4)).toBe(false);
    expect(areWithin(100, [2, 3], [12], 0, 4)).toBe(false);
    expect(areWithin(100, [2, 3], [-12, 4], 0, 4)).toBe(false);
    expect(areWithin(4, [1, 1], [-12, 1.5], 0, 4)).toBe(true); // of one, no stride is used
  });
});
