// Whether the page is in front, by what browsers say: each way of leaving counts once, and who waits is told.

import { describe, expect, test } from "vitest";
import { watchPage } from "../../src/run/watch";

function page() {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const scope = new EventTarget();
  const watch = watchPage(document as unknown as Document, scope as unknown as Window);
  return {
    watch,
    turns(state: "visible" | "hidden"): void {
      document.visibilityState = state;
      document.dispatchEvent(new Event("visibilitychange"));
    },
    hears: (what: string) => document.dispatchEvent(new Event(what)),
    scopeHears: (what: string) => scope.dispatchEvent(new Event(what)),
    becomes(state: "visible" | "hidden"): void {
      document.visibilityState = state;
    },
  };
}

/** Whether somebody who waits for the page is told. */
async function isTold(it: ReturnType<typeof page>, signal: AbortSignal, act: () => void): Promise<boolean> {
  let told = false;
  void it.watch.untilVisible(signal).then(() => {
    told = true;
  });
  await Promise.resolve();
  expect(told).toBe(false);
  act();
  await new Promise((resolve) => setTimeout(resolve, 0));
  return told;
}

const NEVER = new AbortController().signal;

describe("a page leaves the front", () => {
  test.each([
    ["hidden", (it: ReturnType<typeof page>) => it.turns("hidden")],
    ["frozen, as a phone does without a word before", (it: ReturnType<typeof page>) => it.hears("freeze")],
    ["left", (it: ReturnType<typeof page>) => it.scopeHears("pagehide")],
  ])("where it is %s: who listens is told, and it is counted", (_, leave) => {
    const it = page();
    let heard = 0;
    const stop = it.watch.onLeave(() => {
      heard += 1;
    });
    leave(it);
    expect([it.watch.departures(), heard]).toEqual([1, 1]);
    it.turns("visible");
    leave(it);
    expect([it.watch.departures(), heard]).toEqual([2, 2]);
    stop();
    leave(it);
    expect([it.watch.departures(), heard]).toEqual([3, 2]);
  });

  test("but not where it comes back", () => {
    const it = page();
    it.turns("visible");
    it.hears("resume");
    it.scopeHears("pageshow");
    expect(it.watch.departures()).toBe(0);
    expect(it.watch.isVisible()).toBe(true);
    it.turns("hidden");
    expect(it.watch.isVisible()).toBe(false);
  });
});

describe("who waits for a page", () => {
  test.each([
    ["is in front", (it: ReturnType<typeof page>) => it.turns("visible")],
    ["is woken in front", wokenBy("resume", "hears")],
    ["is shown again in front", wokenBy("pageshow", "scopeHears")],
  ])("is told once it %s", async (_, come) => {
    const it = page();
    it.turns("hidden");
    expect(await isTold(it, NEVER, () => come(it))).toBe(true);
  });

  test("is not told where it is shown, or woken, behind others", async () => {
    const it = page();
    it.turns("hidden");
    const shown = () => {
      it.scopeHears("pageshow");
      it.hears("resume");
    };
    expect(await isTold(it, NEVER, shown)).toBe(false);
    expect(it.watch.departures()).toBe(1); // it left once, and did not come back
  });

  test("is told at once where it is in front, and where nobody waits any more", async () => {
    const it = page();
    await it.watch.untilVisible(NEVER);
    it.turns("hidden");
    await it.watch.untilVisible(AbortSignal.abort());
    const over = new AbortController();
    expect(await isTold(it, over.signal, () => over.abort())).toBe(true);
  });
});

function wokenBy(what: string, how: "hears" | "scopeHears") {
  return (it: ReturnType<typeof page>) => {
    it.becomes("visible");
    it[how](what);
  };
}
