// A bundle that comes whole: each of its files is asked for with the link's token, and held against bundle.json.

import { afterEach, describe, expect, test, vi } from "vitest";
import { Archive } from "../../src/contract/archive";
import { BundleRefused } from "../../src/contract/faults";
import { sha256 } from "../../src/contract/hashes";
import { fetchBundle, type OpenBundle, Unreachable } from "../../src/run/open_bundle";
import { bundleOf } from "./_job";
import { caseBytes, sampleBundle } from "./_record";

const URL_OF_IT = "http://computer/bundle/";
const HEADERS = { Authorization: "Bearer token" };

afterEach(() => vi.unstubAllGlobals());

/** A host that has the files of conformance/cases' bundle, but for those that are `changed`. */
function host(changed: Readonly<Record<string, Uint8Array | number>> = {}) {
  const zip = new Archive(caseBytes("bundles/bundle.bin"));
  const asked: { readonly name: string; readonly options: RequestInit }[] = [];
  vi.stubGlobal("fetch", async (url: string, options: RequestInit) => {
    expect(url.startsWith(URL_OF_IT)).toBe(true);
    const name = decodeURIComponent(url.slice(URL_OF_IT.length));
    asked.push({ name, options });
    const found = changed[name] ?? zip.read(name);
    return typeof found === "number"
      ? new Response("an error page", { status: found })
      : new Response(found as Uint8Array<ArrayBuffer>);
  });
  return { asked, sha256: sha256(zip.read("bundle.json")), zip };
}

const { content } = sampleBundle();
const some = content.files.find((file) => file.size_bytes > 8)!;

function open(hash: string, heard: (bytes: number, all: number) => void = () => undefined) {
  return fetchBundle({ url: URL_OF_IT, sha256: hash, headers: HEADERS, heard });
}

/** Return what a bundle is refused for; with the names that were asked for. */
async function refusedFor(changed: Readonly<Record<string, Uint8Array | number>>, hash?: string) {
  const it = host(changed);
  const error: unknown = await open(hash ?? it.sha256).catch((one: unknown) => one);
  return { error, asked: it.asked.map(({ name }) => name) };
}

describe("a bundle that is fetched", () => {
  test("is opened with all of its files, each asked for once, with the token, past every cache", async () => {
    const it = host();
    const heard: [number, number][] = [];
    const bundle: OpenBundle = await open(it.sha256, (bytes, all) => heard.push([bytes, all]));
    const names = ["bundle.json", ...content.files.map(({ name }) => name)];
    expect(it.asked.map(({ name }) => name).sort()).toEqual(names.sort());
    for (const { options } of it.asked)
      expect(options).toMatchObject({ headers: HEADERS, cache: "no-store" });
    for (const { name } of content.files) expect(bundle.bytes(name)).toEqual(it.zip.read(name));
    const all = content.files.reduce((sum, file) => sum + file.size_bytes, 0);
    expect(heard.at(-1)).toEqual([all, all]);
    expect(heard.map(([bytes]) => bytes)).toEqual(
      heard.map(([bytes]) => bytes).sort((one, other) => one - other),
    );
    const { manifest } = content.artifacts[0]!;
    expect(bundle.manifestSha256(0)).toBe(sha256(it.zip.read(manifest)));
  });

  test("is refused where a file has the size that is listed and other bytes", async () => {
    const other = sampleBundle().read(some.name).slice();
    other[7]! ^= 1;
    const { error } = await refusedFor({ [some.name]: other });
    expect(error).toBeInstanceOf(BundleRefused);
    expect(error).toMatchObject({ fault: "file-hash", message: expect.stringContaining(some.name) });
  });

  test.each([
    ["less", -1],
    ["more", 1],
  ])("is refused where %s of a file comes than is listed", async (_, by) => {
    const { error } = await refusedFor({ [some.name]: new Uint8Array(some.size_bytes + by) });
    expect(error).toMatchObject({ fault: "file-size", message: expect.stringContaining(some.name) });
    if (by > 0) expect((error as Error).message).toMatch(/more bytes than are listed/);
  });

  test("is refused before any of its files is asked for where it is another than the page's", async () => {
    const { error, asked } = await refusedFor({}, "b".repeat(64));
    expect(error).toMatchObject({ fault: "file-hash", message: expect.stringMatching(/another bundle/) });
    expect(asked).toEqual(["bundle.json"]);
  });

  test("is unreachable, and not damaged, where an error page comes for one of its files", async () => {
    const { error } = await refusedFor({ [some.name]: 502 });
    expect(error).toBeInstanceOf(Unreachable);
    expect((error as Error).message).toMatch(/502/);
  });

  test("is asked for by names that are written as a URL has them", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string) => {
      asked.push(url);
      throw new TypeError("Failed to fetch");
    });
    await expect(open("a".repeat(64))).rejects.toThrow(/nothing answers/);
    expect(asked).toEqual([`${URL_OF_IT}bundle.json`]);
  });

  test("gives up as it is told to, and says so as the browser does", async () => {
    const over = new AbortController();
    over.abort();
    vi.stubGlobal("fetch", async (_: string, { signal }: RequestInit) => {
      signal!.throwIfAborted();
      return new Response("");
    });
    const asked = { url: URL_OF_IT, sha256: "a".repeat(64), headers: HEADERS, signal: over.signal };
    await expect(fetchBundle(asked)).rejects.toMatchObject({ name: "AbortError" });
  });
});

test("a bundle keeps labels once they are read, and golden maps, which one file needs, not", () => {
  const bundle = bundleOf();
  expect(bundle.map("labels/0.runs", 0)).toBe(bundle.map("labels/0.runs", 0));
  expect(bundle.map("golden/0/0.runs", 0)).not.toBe(bundle.map("golden/0/0.runs", 0));
});
