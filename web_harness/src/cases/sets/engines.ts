// The cases of scores that desktop runtimes gave for a released network.

import type { CaseFolder, CaseResult } from "../case";
import { run as runMaps } from "./class_maps";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runMaps(folder, "engines");
}
