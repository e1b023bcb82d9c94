// A job's results as one zip, the archive form, for a person to save and `pocketseg device import` to take.

import { writeProgress } from "../contract/progress";
import type { Journal } from "./journal";
import type { OpenBundle } from "./open_bundle";
import { sharedZip } from "./shared_zip";

/** Return all that was measured in a job, as one zip that `pocketseg device import` takes. */
export async function zipOf(
  bundle: OpenBundle,
  journal: Journal,
): Promise<{ readonly name: string; readonly blob: Blob }> {
  const files = new Map<string, Uint8Array>();
  const text = new TextEncoder();
  const runs = bundle.content.job.runs.length;
  let finished = 0;
  for (let run = 0; run < runs; run += 1) {
    const record = await journal.record(run);
    if (record === null) continue;
    finished += 1;
    files.set(`${run}.json`, text.encode(record));
    for (const hash of mapsOf(record)) {
      const map = await journal.map(hash);
      if (map) files.set(`maps/${hash}.runs`, map);
    }
  }
  if (finished === 0) throw new Error("no file is finished yet");
  const isWhole = finished === runs;
  files.set(
    "progress.json",
    text.encode(
      writeProgress({
        job: journal.job,
        bundle: bundle.sha256,
        state: isWhole ? "finished" : "failed",
        run: isWhole ? runs : finished,
        runs,
        phase: "",
        reason: isWhole ? "" : "it ended before all files were measured",
      }),
    ),
  );
  const parts = sharedZip(journal.job, files) as Uint8Array<ArrayBuffer>[];
  return {
    name: `pocketseg-${journal.job.slice(0, 8)}.zip`,
    blob: new Blob(parts, { type: "application/zip" }),
  };
}

/** Return the hashes of the class maps that a record names. */
export function mapsOf(record: string): string[] {
  const { bundle } = JSON.parse(record) as { bundle?: { photos?: readonly { map_sha256: string | null }[] } };
  const hashes = (bundle?.photos ?? []).map((photo) => photo.map_sha256);
  return [...new Set(hashes.filter((hash): hash is string => hash !== null))];
}
