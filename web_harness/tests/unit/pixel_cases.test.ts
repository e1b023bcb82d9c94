// Every case of the sets of pixels, outputs, scores and the method comes out equal.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { nodeFolder } from "../../src/cases/node_folder";
import type { CaseFolder, CaseResult } from "../../src/cases/pixel_frame";
import { run as camera } from "../../src/cases/sets/camera";
import { run as classMaps } from "../../src/cases/sets/class_maps";
import { run as confusion } from "../../src/cases/sets/confusion";
import { run as engines } from "../../src/cases/sets/engines";
import { run as exif } from "../../src/cases/sets/exif";
import { run as golden } from "../../src/cases/sets/golden";
import { run as method } from "../../src/cases/sets/method";
import { run as preprocessing } from "../../src/cases/sets/preprocessing";
import { run as rawMemory } from "../../src/cases/sets/raw_memory";
import { run as yuv } from "../../src/cases/sets/yuv";

const FOLDER = nodeFolder(fileURLToPath(new URL("../../../conformance/cases", import.meta.url)));
const SETS: Readonly<Record<string, (folder: CaseFolder) => CaseResult[]>> = {
  camera,
  class_maps: classMaps,
  confusion,
  engines,
  exif,
  golden,
  method,
  preprocessing,
  raw_memory: rawMemory,
  yuv,
};

test.each(Object.keys(SETS))("every case of %s comes out equal", (set) => {
  const found = SETS[set]!(FOLDER);
  expect(found.filter((one) => one.outcome !== "equal")).toEqual([]);
  expect(found.length).toBeGreaterThan(0);
});
