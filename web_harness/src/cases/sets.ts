// Every set of conformance/cases, and what runs it; conformance/README.md says what each asks.

import type { CaseFolder, CaseResult } from "./case";
import * as archives from "./sets/archives";
import * as bundles from "./sets/bundles";
import * as camera from "./sets/camera";
import * as classMaps from "./sets/class_maps";
import * as confusion from "./sets/confusion";
import * as engines from "./sets/engines";
import * as exif from "./sets/exif";
import * as golden from "./sets/golden";
import * as manifests from "./sets/manifests";
import * as method from "./sets/method";
import * as preprocessing from "./sets/preprocessing";
import * as rawMemory from "./sets/raw_memory";
import * as records from "./sets/records";
import * as runs from "./sets/runs";
import * as yuv from "./sets/yuv";

/** By the set's name. */
export const SETS: Readonly<Record<string, (folder: CaseFolder) => CaseResult[]>> = {
  archives: archives.run,
  bundles: bundles.run,
  camera: camera.run,
  class_maps: classMaps.run,
  confusion: confusion.run,
  engines: engines.run,
  exif: exif.run,
  golden: golden.run,
  manifests: manifests.run,
  method: method.run,
  preprocessing: preprocessing.run,
  raw_memory: rawMemory.run,
  records: records.run,
  runs: runs.run,
  yuv: yuv.run,
};
