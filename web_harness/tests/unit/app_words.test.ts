// Links, reasons and faults in the page's words.
import { describe, expect, it } from "vitest";
import { said } from "../../src/app/camera";
import { FrameRate } from "../../src/app/frame_rate";
import { tokenIn } from "../../src/app/link";
import { type FaultKind, faultText } from "../../src/app/page_faults";
import { plain, printable } from "../../src/app/plain";

describe("a link", () => {
  it("gives its token, and nothing that has not a token's form", () => {
    const token = "Ab3_-".repeat(8);
    expect(tokenIn(`#token=${token}`)).toBe(token);
    for (const bad of [
      "",
      "#",
      "#token=",
      "#token=short",
      `#token=${"a".repeat(300)}`,
      "#token=<script>aaaaaaaaaaaaaaaa",
    ])
      expect(tokenIn(bad)).toBeNull();
  });
});

describe("a reason", () => {
  it("is this project's own sentence, or plain words before a machine's", () => {
    expect(plain(new Error("the photo has no pixels"), "It failed.")).toBe("the photo has no pixels");
    expect(plain(new TypeError("x is undefined"), "It failed.")).toBe("It failed. (x is undefined)");
    expect(plain(7, "It failed.")).toBe("It failed.");
  });

  it("holds no signs that turn or hide it, and ends", () => {
    expect(printable("a\u202eb\nc\u2028d")).toBe("a b c d");
    expect(printable("x".repeat(1000)).length).toBe(400);
  });

  it("of a camera says what to do", () => {
    expect(
      new Set(["NotAllowedError", "NotFoundError", "NotReadableError", "OtherError"].map(said)).size,
    ).toBe(4);
  });
});

describe("a fault", () => {
  const kinds: FaultKind[] = [
    "old browser",
    "no WebAssembly",
    "no session",
    "no token",
    "link over",
    "server gone",
    "bundle damaged",
    "other version",
    "other tab",
    "failed",
  ];

  it.each(kinds)("%s has a title of its own and a sentence that says more", (kind) => {
    const text = faultText(kind);
    expect(kinds.filter((other) => faultText(other).title === text.title)).toEqual([kind]);
    expect(text.text.length).toBeGreaterThan(text.title.length);
    expect(text.text.split("`").length % 2).toBe(1);
  });
});

it("frames a second are those of the last few", () => {
  const rate = new FrameRate();
  expect(rate.text()).toBe("first frame");
  for (let frame = 0; frame < 40; frame += 1) rate.took(frame < 20 ? frame * 500 : 10_000 + frame * 100);
  expect(rate.perSecond()).toBeCloseTo(10, 5);
});
