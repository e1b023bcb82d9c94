// A record of a browser as JSON, in the order of docs/record.md, and its sealed text.

import type { GoldenPart } from "./documents";
import type { Writable } from "./json_writer";
import type { BundlePart, RecordDocument, StatisticsPart } from "./record_parts";
import { sealed } from "./record_reader";
import { reasonsOf } from "./record_reasons";
import { reasonText } from "./texts";

/** Return a record's text: one line with its seal. Throws RecordRefused for one that could not be read again. */
export function writeRecord(document: RecordDocument): string {
  return sealed(recordJson(document));
}

/** Return a record as JSON, without version and seal. Fields of a part that is not typed here are left out. */
export function recordJson(it: RecordDocument): Readonly<Record<string, Writable>> {
  const json = partsOf(it);
  return { ...json, unknown: reasonsOf(it, json) };
}

function partsOf(it: RecordDocument): { readonly [name: string]: Writable } {
  return {
    kind: "browser",
    status: it.status,
    reason: reasonText(it.reason),
    run: { ...it.run },
    program: { ...it.program },
    artifact: artifact(it),
    runtime: { ...it.runtime, desktop_version: it.runtime.desktop_version ?? null },
    device: { ...it.device },
    accelerator: it.accelerator && {
      ...it.accelerator,
      fallback: it.accelerator.fallback && reasonText(it.accelerator.fallback),
    },
    state: { start: it.start && { ...it.start }, end: it.end && { ...it.end } },
    conditions: it.conditions && { ...it.conditions },
    load: it.load && { ...it.load, cold_means: reasonText(it.load.cold_means) },
    memory: it.memory && { ...it.memory },
    warm_up_runs: it.warm_up_runs,
    yardstick: it.yardstick && {
      version: it.yardstick.version,
      best: it.yardstick.best && { ...it.yardstick.best },
    },
    clock: it.clock ? { ...it.clock } : undefined,
    turns: it.turns.map(({ before, after, device, ...turn }) => ({
      ...turn,
      before: { ...before },
      after: { ...after },
      device: device && { ...device },
    })),
    end_to_end: it.end_to_end.map((passage) => ({ ...passage })),
    golden: it.golden && golden(it.golden),
    quality: null,
    statistics: it.statistics && statistics(it.statistics),
    verdict: it.verdict?.verdict ?? null,
    verdict_reasons: (it.verdict?.reasons ?? []).map(reasonText),
    bundle: bundle(it.bundle),
  };
}

function artifact({ manifest, manifest_sha256 }: RecordDocument): Writable {
  return {
    sha256: manifest.sha256,
    manifest_sha256,
    file: manifest.file,
    model: manifest.model,
    recipe: manifest.recipe,
    precision: manifest.precision,
    target: manifest.target,
    output: manifest.output,
    size_bytes: manifest.size_bytes,
    input_height_px: manifest.input_height_px,
    input_width_px: manifest.input_width_px,
    checkpoint_sha256: manifest.checkpoint_sha256,
    split_hash: manifest.split_hash,
  };
}

function golden(it: GoldenPart): Writable {
  return { ...it, reason: reasonText(it.reason) };
}

/** The desktop scores the class maps: nothing here says an mIoU in a record. */
function statistics(it: StatisticsPart): Writable {
  return { ...it, miou: null, miou_low: null, miou_high: null, iou: null };
}

function bundle(it: BundlePart): Writable {
  return {
    sha256: it.sha256,
    job: it.job,
    run: it.run,
    photos: it.content.photos.map((photo, place) => ({
      original_sha256: photo.original_sha256,
      bundled_sha256: photo.bundled_sha256,
      map_sha256: it.results[place]?.map_sha256 ?? null,
      agreement: it.results[place]?.agreement ?? null,
    })),
  };
}
