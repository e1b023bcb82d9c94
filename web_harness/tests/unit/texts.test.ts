// Texts from outside, made fit for a record and a screen.

import { describe, expect, test } from "vitest";
import { countSigns, isWhole, printable, prints, reasonOf, reasonText } from "../../src/contract/texts";

test("signs that do not print are told: controls, separators, what turns text, halves of pairs", () => {
  for (const sign of ["\u0000", "\n", "\u007f", "\u0085", "\u2028", "\u202e", "\u2066", "\ud800", "\udfff"]) {
    expect(prints(`a${sign}b`)).toBe(false);
  }
  for (const text of ["", "ü", "\u{1f600}", "\u200d", "\ufeff"]) expect(prints(text)).toBe(true);
  expect(isWhole("\u{1f600}")).toBe(true);
  expect(isWhole("\u{1f600}".slice(1))).toBe(false);
});

test("a text is counted in signs, of which a half is one", () => {
  expect(countSigns("a\u{1f600}\ud800")).toBe(3);
});

test("a printable text is one line of so many signs, no pair cut in two", () => {
  expect(printable("a\tb\u202ec\ud800")).toBe("a b?c?");
  expect(printable("\u{1f600}".repeat(10), 3)).toBe("\u{1f600}".repeat(3));
  expect(printable("x".repeat(1000))).toHaveLength(300);
});

describe("a reason", () => {
  test.each([
    ["http://10.0.0.2:8765/runtimes/ort-1.30.0/ort.wasm failed", "ort.wasm failed"],
    ["no answer (https://pc.local/bundle/a.runs).", "no answer (a.runs)."],
    ["cannot reach http://10.0.0.2:8765/", "cannot reach an address"],
    ["blob:http://10.0.0.2/1234-5678 is gone", "blob:1234-5678 is gone"],
    ["open '/home/me/models/a.tflite' failed", "open 'a.tflite' failed"],
    ["C:\\Users\\me\\a.onnx is none", "a.onnx is none"],
    ["3/4 of the nodes; and/or none", "3/4 of the nodes; and/or none"],
  ])("of %s says %s", (said, kept) => {
    expect(reasonText(said)).toBe(kept);
  });

  test("of whatever was thrown is never empty", () => {
    expect(reasonOf(new Error("out of\nmemory"))).toBe("out of memory");
    expect(reasonOf(new RangeError(""))).toBe("RangeError");
    expect(reasonOf(" ")).toBe("it ended without saying why");
    expect(reasonOf(17)).toBe("17");
  });
});
