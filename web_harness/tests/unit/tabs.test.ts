// A page among others: which tab measures, and what keeps its screen on, through every hiding.

import { afterEach, describe, expect, test, vi } from "vitest";
import { claimBrowser } from "../../src/run/only_tab";
import { keepScreenOn } from "../../src/run/wake_lock";
import { PageByHand } from "./_job";

afterEach(() => vi.unstubAllGlobals());

/** Locks as a browser has them: one holder of a name, those who wait in a row. */
class Locks {
  private isHeld = false;
  private readonly waiting: (() => void)[] = [];

  async request(
    _: string,
    { ifAvailable, signal }: { ifAvailable?: boolean; signal?: AbortSignal },
    use: (lock: object | null) => Promise<void> | undefined,
  ): Promise<void> {
    if (this.isHeld && ifAvailable) return use(null);
    while (this.isHeld) {
      await new Promise<void>((resolve, reject) => {
        this.waiting.push(resolve);
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
    }
    this.isHeld = true;
    await use({});
    this.isHeld = false;
    this.waiting.shift()?.();
  }
}

describe.each([
  ["with locks", () => ({ locks: new Locks() })],
  ["on plain http, without locks", () => ({})],
])("a second tab %s", (_, navigatorOf) => {
  test("gets the claim of one that hands it over", async () => {
    vi.stubGlobal("navigator", navigatorOf());
    let giveBack: (() => void) | null = null;
    let asked = 0;
    giveBack = await claimBrowser(() => {
      asked += 1;
      setTimeout(() => giveBack?.(), 1500); // a step is ended and what is known is kept first
    });
    expect(giveBack).not.toBeNull();
    const second = await claimBrowser(() => undefined);
    expect(asked).toBe(1);
    expect(second).not.toBeNull();
    second?.();
  });

  test("gets none of one that measures in front, and gets it once that is over", async () => {
    vi.stubGlobal("navigator", navigatorOf());
    const first = await claimBrowser(() => undefined);
    expect(await claimBrowser(() => undefined)).toBeNull();
    first?.();
    const second = await claimBrowser(() => undefined);
    expect(second).not.toBeNull();
    second?.();
  }, 15_000);
});

describe("the screen", () => {
  test("is asked to stay on again after each hiding, until the job is over", async () => {
    const locks: EventTarget[] = [];
    const released: EventTarget[] = [];
    vi.stubGlobal("navigator", {
      wakeLock: {
        async request() {
          const lock = Object.assign(new EventTarget(), {
            released: false,
            release: async () => {
              lock.released = true;
              released.push(lock);
              lock.dispatchEvent(new Event("release"));
            },
          });
          locks.push(lock);
          return lock;
        },
      },
    });
    const page = new PageByHand();
    const over = keepScreenOn(page);
    const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
    await settled();
    expect(locks).toHaveLength(1);
    for (let time = 2; time < 5; time += 1) {
      page.hide();
      await (locks.at(-1) as unknown as { release(): Promise<void> }).release(); // as a browser does with a hidden page
      await settled();
      expect(locks).toHaveLength(time - 1);
      page.show();
      await settled();
      expect(locks).toHaveLength(time);
    }
    over();
    await settled();
    expect(released).toHaveLength(locks.length);
  });
});
