// JSON: read strictly and within bounds, and written so that it says what it held.

import { describe, expect, test } from "vitest";
import { areEqual, isInteger, isTable, NotJson, plain, type Real } from "../../src/contract/json";
import { readJson, readJsonText } from "../../src/contract/json_reader";
import { writeJson } from "../../src/contract/json_writer";

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("what is no JSON", () => {
  test.each([
    ["nothing", ""],
    ["a word", "nul"],
    ["NaN", "NaN"],
    ["an infinity", "-Infinity"],
    ["a comment", "[1] // one"],
    ["a comma too many", "[1,]"],
    ["a field without a name", "{1:2}"],
    ["a field without a colon", '{"a" 2}'],
    ["a zero before a number", "01"],
    ["a point without digits", "1."],
    ["a fraction without a number", ".5"],
    ["an exponent without digits", "1e"],
    ["a plus", "+1"],
    ["a control character in a text", '"a\u0001"'],
    ["a line's end in a text", '"a\n"'],
    ["an escape that there is not", '"\\x41"'],
    ["an escape of three digits", '"\\u004"'],
    ["an escape of no hex", '"\\u00g0"'],
    ["a text without its end", '"abc'],
    ["a blank of another kind", "\u00a01"],
    ["something after its end", "{} {}"],
    ["a number of 4,301 signs", "1".repeat(4301)],
    ["a fraction of 4,301 signs", `1.${"1".repeat(4299)}`],
    ["65 levels", nested(65)],
  ])("is %s", (_, text) => {
    expect(() => readJsonText(text)).toThrow(NotJson);
  });

  test("is bytes that are no UTF-8, or a second byte order mark", () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x31],
    ]) {
      expect(() => readJson(Uint8Array.from(bytes))).toThrow(NotJson);
    }
  });
});

describe("what is JSON", () => {
  test("is 64 levels, a number of 4,300 signs, and a byte order mark before it", () => {
    expect(readJsonText(nested(64)).isBounded).toBe(true);
    expect(readJsonText("1".repeat(4300)).value).toBe(BigInt("1".repeat(4300)));
    expect(readJson(Uint8Array.from([0xef, 0xbb, 0xbf, 0x31])).value).toBe(1);
  });

  test("tells whole numbers from those that were written with a fraction", () => {
    const kinds = ["1", "-0", "9007199254740993"].map((text) => readJsonText(text).value);
    expect(kinds.every((value) => isInteger(value as number | bigint))).toBe(true);
    for (const text of ["1.0", "1e2", "0.5"]) expect(isInteger(readJsonText(text).value as Real)).toBe(false);
    expect(areEqual(readJsonText("1.0").value, 1)).toBe(true);
    expect(areEqual(readJsonText("9007199254740993").value, readJsonText("9007199254740992").value)).toBe(
      false,
    );
  });

  test("says where a number is beyond what a double holds, even of a field that is written again", () => {
    expect(readJsonText('{"a":1e999,"a":1}').isBounded).toBe(false);
    expect(readJsonText('{"a":{"b":[-1e999]},"a":1}').isBounded).toBe(false);
    expect(readJsonText("1e308").isBounded).toBe(true);
  });

  test("takes the later of two fields of one name, in the earlier one's place", () => {
    expect(writeJson(readJsonText('{"a":1,"b":2,"a":3}').value)).toBe('{"a":3,"b":2}');
  });

  test("keeps halves of pairs, pairs, and fields that objects have of themselves", () => {
    expect(readJsonText('"\\ud83d\\ude00"').value).toBe("\u{1f600}");
    expect(readJsonText('"\\ud83d"').value).toBe("\ud83d");
    const { value } = readJsonText('{"__proto__":{"polluted":1},"constructor":2}');
    expect(isTable(value) && value.size).toBe(2);
    const made = plain(value) as Record<string, unknown>;
    expect(Object.keys(made)).toEqual(["__proto__", "constructor"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  });
});

describe("writing", () => {
  test("gives a line that is read as the same, absent fields left out", () => {
    const value = { a: [1, 0.1, 1e21, -1e-7], b: undefined, c: { d: null, e: 'ü\u2028"\\\n' }, f: true };
    const text = writeJson(value);
    expect(text).not.toContain("\n");
    expect(plain(readJsonText(text).value)).toEqual({ a: value.a, c: value.c, f: true });
  });

  test("keeps how numbers were written", () => {
    const text = "[1.0,1e400,123456789012345678901234567890]";
    expect(writeJson(readJsonText(text).value)).toBe(text);
  });

  test("refuses what JSON cannot say", () => {
    for (const value of [Number.NaN, [Number.POSITIVE_INFINITY], [undefined]]) {
      expect(() => writeJson(value)).toThrow(TypeError);
    }
  });
});
