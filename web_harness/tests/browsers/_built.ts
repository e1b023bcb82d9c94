// Builds of the page from changed sources, in a folder of their own: what is committed and shipped knows nothing of them.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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
  { file: "src/run/effort.ts", from: "further_file_s: 5,", to: "further_file_s: 0," },
  { file: "src/worker/effort.ts", from: "warm_up_least_ms: 1000,", to: "warm_up_least_ms: 100," },
  { file: "src/worker/effort.ts", from: "warm_up_most_ms: 3000,", to: "warm_up_most_ms: 200," },
];

/** A job takes each file once, no matter what the bundle asks for: where only the class maps count. */
export const SHORTEST: readonly Change[] = [
  ...SHORT,
  { file: "src/run/course.ts", from: "Math.max(it.effort.least_passes, job.passes)", to: "1" },
];

const BUILD_OF = ["src", "public", "index.html", "vite.config.ts", "tsconfig.json", "package-lock.json"];

/** Build the page with these changes; return its folder, kept beside the screenshots for the next test. Throws where a change has no place. */
export async function built(changes: readonly Change[]): Promise<string> {
  const from = join(told().checkout, "web_harness");
  const kept = join(told().screenshots, "..", "built", key(from, changes));
  if (existsSync(kept)) return kept;
  const root = mkdtempSync(join(tmpdir(), "pocketseg-built-"));
  const folder = join(root, "web_harness");
  try {
    symlinkSync(join(told().checkout, "conformance"), join(root, "conformance")); // whose schemas are imported
    cpSync(from, folder, {
      recursive: true,
      filter: (path) => !path.startsWith(join(from, "node_modules")) && !path.startsWith(join(from, "tests")),
    });
    symlinkSync(join(from, "node_modules"), join(folder, "node_modules"));
    for (const change of changes) make(folder, change);
    const vite = join(folder, "node_modules", "vite", "bin", "vite.js");
    const page = join(root, "page");
    await promisify(execFile)(process.execPath, [vite, "build", "--outDir", page, "--logLevel=warn"], {
      cwd: folder,
      timeout: patient(60_000),
      env: { ...process.env, NODE_ENV: "production" },
    });
    const copy = `${kept}-${process.pid}`; // as two may build it at once
    cpSync(page, copy, { recursive: true });
    try {
      renameSync(copy, kept);
    } catch (error) {
      if (!existsSync(kept)) throw error;
      rmSync(copy, { recursive: true });
    }
    return kept;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function make(folder: string, { file, from, to }: Change): void {
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2) throw new Error(`${file} has not once: ${from}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

/** Of all that decides a build. */
function key(harness: string, changes: readonly Change[]): string {
  const hash = createHash("sha256").update(JSON.stringify(changes));
  const schemas = join(harness, "..", "conformance", "schema");
  for (const path of [...BUILD_OF.map((name) => join(harness, name)), schemas].flatMap(files)) {
    hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

function files(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => files(join(path, name)));
}
