// Figures as the page writes them.
import { describe, expect, it } from "vitest";
import { atMost, bytes, count, left, ms, percent, roughPercent, score, step } from "../../src/app/figures";

describe("figures", () => {
  it("write times with three digits at the least", () => {
    expect([ms(1.234), ms(45.61), ms(1234.4)]).toEqual(["1.23 ms", "45.6 ms", "1234 ms"]);
  });

  it("write no time above nothing as nothing", () => {
    expect([0.049, 0.0123, 0.5, 0.004, 0.0000004].map(ms)).toEqual([
      "0.0490 ms",
      "0.0123 ms",
      "0.500 ms",
      "0.00400 ms",
      "< 0.001 ms",
    ]);
    for (let value = 0.0001; value < 20; value *= 1.07) expect(ms(value)).not.toMatch(/^0\.0+ ms/);
  });

  it("say what is left at most, and never less", () => {
    expect([0, 61, 90, 91, 3600].map(atMost)).toEqual([
      "5 s at most",
      "65 s at most",
      "90 s at most",
      "2 min at most",
      "60 min at most",
    ]);
  });

  it("write sizes in units of ten, and none as a thousand of the smaller unit", () => {
    expect([999, 2600, 999_600, 1_500_000, 999_960_000].map(bytes)).toEqual([
      "999 B",
      "3 kB",
      "1.0 MB",
      "1.5 MB",
      "1.00 GB",
    ]);
  });

  it("never round a share up to the whole, nor down to nothing", () => {
    expect([
      percent(0.99999),
      percent(1),
      roughPercent(0.99999),
      roughPercent(1e-6),
      roughPercent(0),
    ]).toEqual(["99.99 %", "100.00 %", "> 99.9 %", "< 0.1 %", "0 %"]);
  });

  it("count one thing as one", () => {
    expect([count(1, "file"), count(0, "file")]).toEqual(["1 file", "0 files"]);
  });

  it("say what is left no finer than it is known", () => {
    expect([2, 31, 74, 8000].map(left)).toEqual([
      "a few seconds left",
      "about 30 s left",
      "about 1 min left",
      "about 2.2 h left",
    ]);
  });

  it("write a clock's step in its unit, and a score with four digits", () => {
    expect([step(0.005), step(0.1), step(1), score(0.59134)]).toEqual(["5 µs", "100 µs", "1 ms", "0.5913"]);
  });
});
