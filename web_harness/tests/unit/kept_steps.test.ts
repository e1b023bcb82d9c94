// What a journal keeps of steps, and which class maps of a worker are taken for a file's.

import { describe, expect, test } from "vitest";
import { encodeClassMap } from "../../src/contract/class_map_file";
import type { ClassMap } from "../../src/pixels/arrays";
import { Journal } from "../../src/run/journal";
import { MapsTaken } from "../../src/run/maps_judged";
import { InMemory } from "../../src/run/store";
import { answerOf, bundleOf, mapOf, SIDE } from "./_job";

describe("a journal", () => {
  const journal = () => new Journal(new InMemory(), "1".repeat(32));

  test("knows the last moment of a job, whichever file's step it was", async () => {
    const it = journal();
    expect(await it.lastBeganS()).toBe(0);
    await it.begin(0, "turn", 1, 40, "page");
    await it.begin(1, "turn", 0, 3, "page");
    expect(await it.lastBeganS()).toBe(40);
  });

  test("blames a step for a page that ended without a word, and for no other", async () => {
    const it = journal();
    await it.begin(0, "turn", 1, 1, "this page");
    await it.begin(1, "turn", 1, 2, "a reload");
    await it.begin(2, "turn", 1, 3, "a crash");
    await it.begin(3, "turn", 1, 4, "a crash");
    const answered = { came: "answer", answer: answerOf("turn"), foreground: true, maps: null } as const;
    await it.end(3, 1, answered);
    await it.judge("this page", ["a reload"]);
    const crashes = await Promise.all([0, 1, 2, 3].map(async (run) => (await it.step(run, 1))!.crashes));
    expect(crashes).toEqual([0, 0, 1, 0]);
    // it counts on where the step begins anew
    await it.begin(2, "turn", 1, 5, "another");
    expect((await it.step(2, 1))!.crashes).toBe(1);
  });
});

describe("class maps of a worker", () => {
  const cpu = {
    asked: "cpu",
    obtained: "cpu",
    nodes: null,
    nodes_delegated: null,
    fallback: null,
    arithmetic: "float32",
  } as const;
  const runs = (photo: number, change: (map: ClassMap) => void = () => undefined) => {
    const map = mapOf(photo);
    change(map);
    return encodeClassMap(map);
  };
  const all = () => {
    const taken = new MapsTaken(bundleOf(), 0);
    for (const photo of [0, 1, 2]) taken.add(photo, false, runs(photo));
    return taken;
  };

  test("fail the check where the first photo's comes out otherwise the second time", () => {
    const taken = all();
    taken.add(
      0,
      true,
      runs(0, (map) => map.classes.fill(1, SIDE * 4, SIDE * 4 + 1)),
    );
    const { golden } = taken.judge(cpu);
    expect(golden.status).toBe("failed");
    const good = all();
    good.add(0, true, runs(0));
    expect(good.judge(cpu).golden.status).toBe("passed");
  });

  test("are taken once each, and the first photo's second one last and once", () => {
    const early = new MapsTaken(bundleOf(), 0);
    expect(() => early.add(0, true, runs(0))).toThrow(/due/);
    expect(() => early.add(1, false, runs(1))).toThrow(/photo 0 was due/);
    const taken = all();
    expect(() => taken.add(1, true, runs(1))).toThrow(/due/);
    taken.add(0, true, runs(0));
    expect(() => taken.add(0, true, runs(0))).toThrow(/due/);
    expect(() => early.judge(cpu)).toThrow(/each photo/);
  });

  test("hold no class that there is not", () => {
    const taken = new MapsTaken(bundleOf(), 0);
    const other = (kind: number) => runs(0, (map) => map.classes.fill(kind, 0, 1));
    expect(() => taken.add(0, false, other(2))).toThrow(/class that there is not/);
    expect(() => taken.add(0, false, other(255))).toThrow(/class that there is not/);
  });

  test("score by photo, each against its own label", () => {
    const taken = all();
    taken.add(0, true, runs(0));
    expect(taken.judge(cpu)).toMatchObject({ miou: 1, agreement: 1, agreements: [1, 1, 1] });
  });
});
