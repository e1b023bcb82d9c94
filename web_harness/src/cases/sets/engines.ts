// The set `engines`: as `class_maps`, of scores that desktop runtimes gave.
import type { CaseFolder, CaseResult } from "../pixel_frame";
import { run as runMaps } from "./class_maps";

/** Return how each case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runMaps(folder, "engines");
}
