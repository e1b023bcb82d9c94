// Builds of the page from changed sources, in a folder of their own: what is committed and shipped knows nothing of them.

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { told } from "./_told";

/** A change of a source: the text stands there once, or the source has moved on and the change means nothing. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The least that a job takes: it ends with the passes that the bundle asks for, enough or not. */
export const SHORT: Change = { file: "src/run/effort.ts", from: "ceiling_s: 60,", to: "ceiling_s: 0," };

/** Build the page with these changes; return its folder. Throws where one has no place. */
export async function built(...changes: readonly Change[]): Promise<string> {
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
    timeout: 120_000,
    env: { ...process.env, NODE_ENV: "production" },
  });
  return page;
}
