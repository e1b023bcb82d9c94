// At the limits of the method's and the pixels' rules, where one more or one less is another answer.

import { describe, expect, test } from "vitest";
import type { TensorSpec, Turn } from "../../src/contract/documents";
import { isEnough, statisticsOf } from "../../src/method/statistics";
import { Yardstick } from "../../src/method/yardstick";
import type { ClassMap, Picture } from "../../src/pixels/arrays";
import { orientationOf } from "../../src/pixels/exif";
import { coarser } from "../../src/pixels/judge";
import { likeness } from "../../src/pixels/likeness";
import { readScores } from "../../src/pixels/raw_output";
import { fromCamera } from "../../src/pixels/turns";
import { yuvToRgb } from "../../src/pixels/yuv";

const BEST = { integer_ms: 1, memory_ms: 1 };

function turns(count: number, runs: number): Turn[] {
  return Array.from({ length: count }, (_, number) => ({
    number,
    started_s: number,
    before: BEST,
    after: BEST,
    wall_ms: runs,
    cpu_ms: null,
    waited_ms: null,
    others_ms: null,
    stolen_ms: null,
    switches: null,
    batch: 1,
    at_ms: Array.from({ length: runs }, (_one, at) => at),
    pre_ms: null,
    execute_ms: new Array<number>(runs).fill(10),
    post_ms: null,
  })) as unknown as Turn[];
}

describe("the method", () => {
  test("gives p90 of 64 runs and of no fewer", () => {
    expect(statisticsOf(turns(16, 4), BEST, 1).p90_ms).toBe(10);
    expect(statisticsOf(turns(21, 3), BEST, 1).p90_ms).toBeNull();
  });

  test("has enough with 12 undisturbed turns and with no fewer, however alike they are", () => {
    expect(isEnough(turns(12, 4), BEST, 1)).toBe(true);
    expect(isEnough(turns(11, 4), BEST, 1)).toBe(false);
  });
});

describe("the yardstick", () => {
  test("gives the quicker of two of each piece", () => {
    const yardstick = new Yardstick(0.001);
    const took = [0.02, 0.01, 0.5, 0.6];
    Object.assign(yardstick, { integer_times: 2 ** 20, memory_times: 2 ** 20, timed: () => took.shift() });
    expect(yardstick.read()).toEqual({ integer_ms: 0.01, memory_ms: 0.5 });
  });

  test("says what one piece takes, however often the clock has it done", () => {
    const least = (step_ms: number) => {
      const yardstick = new Yardstick(step_ms, () => Math.floor(performance.now() / step_ms) * step_ms);
      const reads = Array.from({ length: 4 }, () => yardstick.read());
      return Math.min(...reads.map((one) => one.integer_ms));
    };
    expect(least(0.1)).toBeLessThan(20 * least(0.001)); // of both together it would be some 500 times as much
  });
});

describe("pixels", () => {
  const picture: Picture = { height_px: 1, width_px: 2, rgb: Uint8Array.of(1, 1, 1, 2, 2, 2) };

  test("are turned back by a rotation below nothing", () => {
    for (const [back, on] of [
      [-90, 270],
      [-270, 90],
      [-180, 180],
    ] as const) {
      expect(fromCamera(picture, back, "as taken")).toEqual(fromCamera(picture, on, "as taken"));
    }
    expect(fromCamera(picture, 90, "as taken")).not.toEqual(fromCamera(picture, 270, "as taken"));
  });

  test("of a camera are read by each plane's own stride", () => {
    const plane = (memory: Uint8Array, row_stride_bytes: number) => ({
      memory,
      offset_bytes: 0,
      row_stride_bytes,
      pixel_stride_bytes: 1,
    });
    const gray = plane(new Uint8Array(8).fill(100), 2);
    const even = plane(Uint8Array.of(128, 128), 1);
    const red = plane(Uint8Array.of(128, 7, 7, 228), 3);
    const { rgb } = yuvToRgb(4, 2, gray, even, red);
    expect([...rgb.subarray(0, 3)]).toEqual([100, 100, 100]);
    expect(rgb[12]).toBe(240); // the third row: the second of red, three bytes on
  });

  test("stand by Exif's orientation where XMP says another", () => {
    const exif = Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0);
    const xmp = new TextEncoder().encode('tiff:Orientation="3"');
    expect(orientationOf(exif, xmp)).toBe(6);
    expect(orientationOf(null, xmp)).toBe(3);
    expect(orientationOf(null, null)).toBe(1);
  });

  test("are read from memory that does not lie at whole floats", () => {
    const spec = { name: "logits", shape: [1, 2, 1, 2], layout: "NCHW", dtype: "float32" } as const;
    const wanted = { ...spec, scale: null, zero_point: null } as unknown as TensorSpec;
    const memory = new Uint8Array(17).subarray(1);
    memory.set(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
    const output = {
      name: "logits",
      dtype: "float32",
      shape: [1, 2, 1, 2],
      strides_bytes: [16, 8, 8, 4],
      memory,
      scale: null,
      zero_point: null,
    } as const;
    expect([...readScores(output, wanted, 2).values]).toEqual([1, 2, 3, 4]);
  });
});

describe("the golden check", () => {
  test("takes an arithmetic that is not known for 16-bit floats", () => {
    expect(coarser("float32", null)).toBe("float16");
    expect(coarser("int8", null)).toBe("int8");
  });

  test("does not say that classes are exchanged where two of them are called by one name", () => {
    const map = (kinds: readonly number[]): ClassMap => ({
      height_px: 1,
      width_px: 10,
      classes: Uint8Array.from(kinds),
    });
    const golden = map([0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    expect(likeness(map([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]), golden, 0, null)).toMatch(/exchanged/);
    const merged = map([3, 3, 3, 3, 5, 2, 5, 2, 5, 2]);
    expect(likeness(merged, golden, 0, null)).not.toMatch(/exchanged/);
  });
});
