// Every set of conformance/cases, and what runs it; conformance/README.md says what each asks.

import type { CaseFolder, CaseResult } from "./case";
import * as archives from "./sets/archives";
import * as bundles from "./sets/bundles";
import * as manifests from "./sets/manifests";
import * as records from "./sets/records";
import * as runs from "./sets/runs";

/** By the set's name. */
export const SETS: Readonly<Record<string, (folder: CaseFolder) => CaseResult[]>> = {
  archives: archives.run,
  bundles: bundles.run,
  manifests: manifests.run,
  records: records.run,
  runs: runs.run,
};
