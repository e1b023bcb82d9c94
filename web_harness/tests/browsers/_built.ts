// Builds of the page from changed sources, in a folder of their own: what is committed and shipped knows nothing of them.

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { patient } from "./_patience";
import { told } from "./_told";

/** A change of a source: the text stands there once, or the source has moved on and the change means nothing. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A job ends with the passes that the bundle asks for, enough or not; and its warm-ups are short: times mean nothing. */
export const SHORT: readonly Change[] = [
  { file: "src/run/effort.ts", from: "ceiling_s: 60,", to: "ceiling_s: 0," },
  { file: "src/worker/effort.ts", from: "warm_up_least_ms: 1000,", to: "warm_up_least_ms: 100," },
  { file: "src/worker/effort.ts", from: "warm_up_most_ms: 3000,", to: "warm_up_most_ms: 200," },
];

/** A job takes each file twice, no matter what the bundle asks for: where only the class maps count. */
export const SHORTEST: readonly Change[] = [
  ...SHORT,
  { file: "src/run/course.ts", from: "Math.max(it.effort.least_passes, job.passes)", to: "2" },
];

/** Build the page with these changes; return its folder. Throws where one has no place. */
export async function built(changes: readonly Change[]): Promise<string> {
  const from = join(told().checkout, "web_harness");
  const root = mkdtempSync(join(tmpdir(), "pocketseg-built-"));
  const folder = join(root, "web_harness");
  symlinkSync(join(told().checkout, "conformance"), join(root, "conformance")); // whose schemas are imported
  cpSync(from, folder, { recursive: true, filter: (path) => !path.startsWith(join(from, "node_modules")) });
  symlinkSync(join(from, "node_modules"), join(folder, "node_modules"));
  for (const { file, from: old, to } of changes) {
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    if (text.split(old).length !== 2) throw new Error(`${file} has not once: ${old}`);
    writeFileSync(
      path,
      text.replace(old, () => to),
    );
  }
  const page = join(folder, "page");
  const vite = join(folder, "node_modules", "vite", "bin", "vite.js");
  await promisify(execFile)(process.execPath, [vite, "build", "--outDir", page, "--logLevel=warn"], {
    cwd: folder,
    timeout: patient(60_000),
    env: { ...process.env, NODE_ENV: "production" },
  });
  return page;
}
