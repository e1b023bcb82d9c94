// What a connection takes away, case by case.
import { describe, expect, it } from "vitest";
import { connectionOf, type Here } from "../../src/app/connection";
import { gpuOf } from "../../src/app/here";

const ALL: Here = {
  mode: "serve",
  is_secure: true,
  is_isolated: true,
  has_shared_memory: true,
  gpu: "there",
  has_wake_lock: true,
  has_camera: true,
  clock_step_ms: 0.005,
  threads_asked: 1,
  is_gpu_asked: false,
};
const LAN: Here = {
  ...ALL,
  is_secure: false,
  is_isolated: false,
  has_shared_memory: false,
  gpu: "none",
  has_wake_lock: false,
  has_camera: false,
  clock_step_ms: 0.1,
};
const names = (here: Here) => connectionOf(here).losses.map((loss) => loss.what);

describe("a connection", () => {
  it("on which all is there takes nothing away and needs no way out", () => {
    const found = connectionOf(ALL);
    expect(found.losses).toEqual([]);
    expect(found.way_out).toBeNull();
    expect(found.chips.every((chip) => chip.mark === "good")).toBe(true);
  });

  it("has WebGPU only where a graphics processor was given, and says which of the two is not there", async () => {
    const lacking = connectionOf({ ...ALL, gpu: "no adapter" });
    expect(lacking.title).not.toMatch(/Nothing/);
    expect(lacking.chips.at(-1)).toEqual({ mark: "doubtful", text: "No WebGPU" });
    expect(lacking.losses).toEqual([expect.objectContaining({ what: "No WebGPU" })]);
    expect(lacking.losses[0]!.why).toMatch(/no graphics processor/);
    expect(await gpuOf({})).toBe("none");
    const gives = (given: () => Promise<unknown>) => gpuOf({ gpu: { requestAdapter: given } }, 20);
    expect(await gives(async () => ({}))).toBe("there");
    expect(await gives(async () => null)).toBe("no adapter");
    expect(await gives(() => Promise.reject(new Error("lost")))).toBe("no adapter");
    expect(await gives(() => new Promise(() => undefined))).toBe("no adapter");
  });

  it("by plain http takes five things away, each with its reason, and names --tls and --adb", () => {
    const found = connectionOf(LAN);
    expect(names(LAN)).toEqual([
      "No live camera",
      "The screen may turn off",
      "One thread",
      "No WebGPU",
      "A coarser clock: steps of 100 µs",
    ]);
    expect(found.losses.every((loss) => loss.why.length > 20)).toBe(true);
    expect(found.way_out).toMatch(/--tls.*--adb/);
  });

  it("by plain http from a web host names https, not a command of the computer", () => {
    expect(connectionOf({ ...LAN, mode: "static" }).way_out).toMatch(/https/);
  });

  it("that is secure but not isolated names the headers, where its host is someone else's", () => {
    const found = connectionOf({ ...ALL, mode: "static", is_isolated: false, has_shared_memory: false });
    expect(found.losses.map((loss) => loss.what)).toEqual(["One thread"]);
    expect(found.way_out).toMatch(/headers/);
  });

  it("that is isolated in a browser without shared memory has one thread, and blames the browser", () => {
    const found = connectionOf({ ...ALL, has_shared_memory: false });
    expect(found.losses[0]?.why).toMatch(/This browser/);
    expect(found.way_out).toBeNull();
  });

  it("says what it costs where threads or the GPU were asked for", () => {
    const found = connectionOf({ ...LAN, threads_asked: 4, is_gpu_asked: true });
    expect(found.losses[2]?.instead).toMatch(/^4 threads/);
    expect(found.losses[3]?.instead).toMatch(/refused/);
  });
});
