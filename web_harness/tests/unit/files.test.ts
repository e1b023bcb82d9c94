// Zips, class maps, hashes and moments beyond the conformance cases.

import { afterEach, describe, expect, test, vi } from "vitest";
import { Archive } from "../../src/contract/archive";
import { hasTwins, nameFault } from "../../src/contract/archive_names";
import { archiveParts, writeArchive } from "../../src/contract/archive_writer";
import { checkFetched, checkFile, photoOf, readMapOf } from "../../src/contract/bundle_files";
import { decodeClassMap, encodeClassMap } from "../../src/contract/class_map_file";
import { Refused } from "../../src/contract/faults";
import { drawId, isId, isSha256, RunningHash, sha256, sha256OfFile } from "../../src/contract/hashes";
import { moment } from "../../src/contract/moment";
import { sampleBundle } from "./_record";

afterEach(() => void vi.unstubAllGlobals());

function faultOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Refused) return error.fault;
    throw error;
  }
  return "read";
}

/** For what takes a second of its own, on a processor that has much else to do. */
const SLOW_MS = 60_000;

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("a zip", () => {
  test("holds what was put into it, sorted by name, whatever the order was", () => {
    const files = new Map([
      ["maps/b.runs", bytes(1, 2)],
      ["0.json", bytes()],
      ["Z.json", bytes(9)],
    ]);
    const archive = new Archive(writeArchive(files));
    expect(archive.names).toEqual(["0.json", "Z.json", "maps/b.runs"]);
    for (const [name, data] of files) expect(archive.read(name)).toEqual(data);
    expect(faultOf(() => archive.read("1.json"))).toBe("no-such-file");
  });

  test("is written in parts that are the whole", () => {
    const files = new Map([
      ["a", bytes(1)],
      ["b", bytes(2, 3)],
    ]);
    expect(archiveParts(files).flatMap((part) => [...part])).toEqual([...writeArchive(files)]);
  });

  test("is not written of names that lead out, or of two that are one", () => {
    expect(faultOf(() => writeArchive(new Map([["../a", bytes()]])))).toBe("name-dots");
    expect(
      faultOf(() =>
        writeArchive(
          new Map([
            ["a", bytes()],
            ["A", bytes()],
          ]),
        ),
      ),
    ).toBe("same-name");
    expect(hasTwins(["a", "a/b"])).toBe(true);
    expect(hasTwins(["a-b", "a/b", "ab"])).toBe(false);
  });

  test("takes names of 64 signs a part, 8 parts, 200 signs, and no more", () => {
    const part = "a".repeat(64);
    expect(nameFault(part)).toBeNull();
    expect(nameFault(`${part}a`)).toBe("name-too-long");
    expect(nameFault("a/a/a/a/a/a/a/a")).toBeNull();
    expect(nameFault("a/a/a/a/a/a/a/a/a")).toBe("name-too-long");
    expect(nameFault("a.")).toBe("name-characters");
    expect(nameFault("-a")).toBe("name-characters");
  });

  test("is refused, never read wrongly, wherever one byte of it is another", () => {
    const whole = writeArchive(new Map([["a.json", bytes(1, 2, 3)]]));
    for (let at = 0; at < whole.length; at++) {
      const changed = whole.slice();
      changed[at]! ^= 1;
      const read = () => {
        const archive = new Archive(changed);
        return archive.names.map((name) => archive.read(name));
      };
      expect(faultOf(read), `byte ${at}`).not.toBe("read");
    }
  });
});

describe("a class map file", () => {
  test(
    "gives the map back, of one pixel and of long runs",
    () => {
      for (const [height_px, width_px, kind] of [
        [1, 1, (at: number) => at],
        [300, 700, (at: number) => (at < 200_000 ? 3 : at % 5)],
      ] as const) {
        const classes = Uint8Array.from({ length: height_px * width_px }, (_, at) => kind(at));
        const map = { height_px, width_px, classes };
        expect(decodeClassMap(encodeClassMap(map))).toEqual(map);
      }
    },
    SLOW_MS,
  );

  test("says how many pixels it has before any memory is taken for them", () => {
    const huge = bytes(0x50, 0x53, 0x43, 0x4d, 1, 0, 0xe1, 0xf5, 0x05, 1, 0, 0, 0); // 100,000,000 x 1, and no run
    expect(faultOf(() => decodeClassMap(huge))).toBe("truncated");
    huge[5] = 1; // one more
    expect(faultOf(() => decodeClassMap(huge))).toBe("beyond-bounds");
  });

  test("is not made of a map whose size is not that of its pixels", () => {
    expect(() => encodeClassMap({ height_px: 2, width_px: 2, classes: bytes(1) })).toThrow(RangeError);
  });
});

describe("a bundle's file", () => {
  const bundle = sampleBundle();
  const { content } = bundle;
  const input = content.inputs[0]!;

  test("is refused where its size or its hash is not what was listed", () => {
    const data = bundle.read(input.file).slice();
    expect(faultOf(() => checkFile(content, input.file, data))).toBe("read");
    expect(faultOf(() => checkFile(content, input.file, data.subarray(1)))).toBe("file-size");
    data[0]! ^= 1;
    expect(faultOf(() => checkFile(content, input.file, data))).toBe("file-hash");
    expect(faultOf(() => checkFile(content, "index.html", data))).toBe("not-listed");
  });

  test("is refused the same once it was fetched", async () => {
    const data = bundle.read(input.file).slice();
    await checkFetched(content, input.file, data);
    await expect(checkFetched(content, input.file, data.slice(1))).rejects.toHaveProperty(
      "fault",
      "file-size",
    );
    data[0]! ^= 1;
    await expect(checkFetched(content, input.file, data)).rejects.toHaveProperty("fault", "file-hash");
  });

  test("of an input holds one photo after the other", () => {
    const data = bundle.read(input.file);
    const photos = content.photos.map((_, place) => photoOf(content, 0, place, data));
    expect(photos.every((photo) => photo.length === 3 * input.height_px * input.width_px)).toBe(true);
    expect(photos.flatMap((photo) => [...photo])).toEqual([...data]);
  });

  test("of a golden map is of its photo's size, and holds no 255", () => {
    const { height_px, width_px } = content.photos[0]!;
    const name = content.golden[0]!.maps[0]!;
    const map = (kind: number) => ({
      height_px,
      width_px,
      classes: new Uint8Array(height_px * width_px).fill(kind),
    });
    expect(faultOf(() => readMapOf(content, name, 0, encodeClassMap(map(1))))).toBe("read");
    expect(faultOf(() => readMapOf(content, name, 0, encodeClassMap(map(255))))).toBe("class-map");
    const turned = { ...map(1), height_px: width_px, width_px: height_px };
    expect(height_px).not.toBe(width_px);
    expect(faultOf(() => readMapOf(content, name, 0, encodeClassMap(turned)))).toBe("class-map");
    expect(faultOf(() => readMapOf(content, name, 0, bytes(1)))).toBe("class-map");
  });
});

describe("a hash", () => {
  test("is the one of FIPS 180, of bytes, a text or pieces", () => {
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(sha256("abc")).toBe(abc);
    const pieces = new RunningHash();
    for (const byte of [0x61, 0x62, 0x63]) pieces.update(bytes(byte));
    expect(pieces.hex()).toBe(abc);
    expect(isSha256(abc) && !isSha256(abc.toUpperCase()) && !isSha256(`${abc}\n`)).toBe(true);
  });

  test(
    "of a large file is the same with the browser's own and, on plain http, without",
    async () => {
      const data = Uint8Array.from({ length: 5 * 2 ** 20 + 3 }, (_, at) => at % 251);
      const own = await sha256OfFile(data);
      vi.stubGlobal("crypto", {});
      expect(await sha256OfFile(data)).toBe(own);
      expect(own).toBe(sha256(data));
      vi.stubGlobal("crypto", undefined);
      expect(await sha256OfFile(new Uint8Array())).toBe(sha256(""));
    },
    SLOW_MS,
  );

  test("is no id, and each id is drawn anew", () => {
    const drawn = new Set(Array.from({ length: 100 }, drawId));
    expect(drawn.size).toBe(100);
    expect([...drawn].every(isId)).toBe(true);
  });
});

test("a moment is UTC with milliseconds, whatever the clock says", () => {
  expect(moment(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).toBe("2026-01-02T03:04:05.678Z");
  expect(moment(-1)).toBe("1970-01-01T00:00:00.000Z");
  expect(moment(1e300)).toBe("9999-12-31T23:59:59.999Z");
  expect(moment(Number.NaN)).toBe("1970-01-01T00:00:00.000Z");
});
