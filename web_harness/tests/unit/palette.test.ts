// The page's colours: every text on every ground it stands on is read with ease, light and dark.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const sheet = readFileSync(new URL("../../src/app/styles/palette.css", import.meta.url), "utf8");
const [light, dark] = sheet.split("@media (prefers-color-scheme: dark)").map(colorsOf);

// What stands on what, and the least contrast of WCAG 2.2 AA: 4.5 for texts, 3 for edges of controls and bars.
const TEXTS = [
  ["ink", "paper"],
  ["ink", "raised"],
  ["muted", "paper"],
  ["muted", "raised"],
  ["accent", "paper"],
  ["accent", "raised"],
  ["on-accent", "accent"],
  ["good", "good-wash"],
  ["amber", "amber-wash"],
  ["red", "red-wash"],
  ["ink", "amber-wash"],
  ["ink", "bar"],
  ["muted", "bar"],
] as const;
const EDGES = [
  ["edge", "paper"],
  ["edge", "raised"],
  ["accent", "bar"],
] as const;

describe.each([
  ["light", light!],
  ["dark", dark!],
])("%s colours", (_, colors) => {
  it.each(TEXTS)("let %s be read on %s", (ink, ground) => {
    expect(contrast(colors[ink]!, colors[ground]!)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(EDGES)("let %s be seen on %s", (ink, ground) => {
    expect(contrast(colors[ink]!, colors[ground]!)).toBeGreaterThanOrEqual(3);
  });
});

it("both themes name the same colours, and styles use no other", () => {
  expect(Object.keys(dark!).sort()).toEqual(Object.keys(light!).sort());
  for (const name of ["page", "job", "masks"]) {
    const rules = readFileSync(new URL(`../../src/app/styles/${name}.css`, import.meta.url), "utf8");
    const own = ["low", "middle", "high", "ratio", "wide", "class"];
    for (const [, used] of rules.matchAll(/var\(--([a-z-]+)/g))
      expect([...Object.keys(light!), ...own]).toContain(used);
  }
});

function colorsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
