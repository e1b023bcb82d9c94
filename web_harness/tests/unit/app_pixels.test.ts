// Maps as pictures, as shares and as what is kept of them.
import { describe, expect, it } from "vitest";
import { KeptMaps } from "../../src/app/kept_maps";
import { agreement, colored, difference, opaque, shares } from "../../src/app/mask_pixels";

const map = (...classes: number[]) => ({
  height_px: 1,
  width_px: classes.length,
  classes: Uint8Array.from(classes),
});
const COLORS = [
  [0, 0, 0],
  [230, 85, 60],
] as const;

describe("maps", () => {
  it("show background as nothing, classes in their colours, ignored pixels in grey", () => {
    expect([...colored(map(0, 1, 255), COLORS).rgba]).toEqual([
      0, 0, 0, 0, 230, 85, 60, 255, 76, 76, 76, 153,
    ]);
  });

  it("show a difference alone, and as a spot where asked", () => {
    const seen = (spread: number) => {
      const one = { height_px: 4, width_px: 3, classes: new Uint8Array(12) };
      const other = { ...one, classes: Uint8Array.from(one.classes, (_, at) => (at === 4 ? 1 : 0)) };
      return [...difference(one, other, spread).rgba]
        .filter((_, at) => at % 4 === 3)
        .filter((alpha) => alpha > 0).length;
    };
    expect([seen(0), seen(0.25)]).toEqual([1, 9]);
  });

  it("agree by their pixels, and not at all where sizes differ", () => {
    expect(agreement(map(0, 1, 1, 0), map(0, 1, 0, 0))).toBe(0.75);
    expect(agreement(map(0), map(0, 0))).toBeNull();
  });

  it("share the pixels that are not ignored", () => {
    expect(shares(map(0, 0, 1, 255, 0))).toEqual([
      { place: 0, share: 0.75 },
      { place: 1, share: 0.25 },
    ]);
  });

  it("come back from where they are kept as they were", () => {
    const kept = new KeptMaps();
    const one = { height_px: 2, width_px: 3, classes: Uint8Array.from([0, 0, 5, 255, 255, 1]) };
    kept.put(3, 7, one);
    expect(kept.get(3, 7)).toEqual(one);
    expect([kept.has(3, 7), kept.get(3, 6)]).toEqual([true, null]);
  });

  it("lie over pictures that are not see-through", () => {
    const picture = { height_px: 1, width_px: 2, rgb: Uint8Array.from([1, 2, 3, 4, 5, 6]) };
    expect([...opaque(picture).rgba]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
  });
});
