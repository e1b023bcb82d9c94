// The bundle as it comes over a network: bytes are counted as they come, whatever an answer's head says of them.

import { afterEach, describe, expect, test, vi } from "vitest";
import { BundleRefused } from "../../src/contract/faults";
import { fetchBundle, LinkOver, Unreachable } from "../../src/run/open_bundle";

afterEach(() => vi.unstubAllGlobals());

function answer(make: () => Response): void {
  vi.stubGlobal("fetch", async () => make());
}

const ask = () => fetchBundle({ url: "http://computer/bundle/", sha256: "a".repeat(64), headers: {} });

describe("a bundle that is fetched", () => {
  test("is cut off where more comes than may, without waiting for its end", async () => {
    let pulled = 0;
    let isCut = false;
    answer(
      () =>
        new Response(
          new ReadableStream({
            pull(to) {
              pulled += 1;
              to.enqueue(new Uint8Array(8 << 20));
            },
            cancel() {
              isCut = true;
            },
          }),
          { headers: { "content-length": "10" } },
        ),
    );
    await expect(ask()).rejects.toThrow(BundleRefused);
    expect(isCut).toBe(true);
    expect(pulled).toBeLessThan(12);
  });

  test("is unreachable where the connection breaks in the middle", async () => {
    answer(
      () =>
        new Response(
          new ReadableStream({
            pull(to) {
              to.error(new TypeError("network error"));
            },
          }),
        ),
    );
    await expect(ask()).rejects.toThrow(Unreachable);
  });

  test("says that a link is over", async () => {
    answer(() => new Response("", { status: 401 }));
    await expect(ask()).rejects.toThrow(LinkOver);
  });
});
