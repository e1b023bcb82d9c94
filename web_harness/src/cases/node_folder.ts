// conformance/cases as Node reads it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CaseFolder } from "./pixel_frame";

/** Return the folder of all cases at a path. */
export function nodeFolder(path: string): CaseFolder {
  return { bytes: (file) => new Uint8Array(readFileSync(join(path, file))) };
}
