// What a worker is asked for one step of a run: the file, its photos, how long it may take.

import type { AskedRun } from "../contract/documents";
import { TURN_EFFORT } from "../worker/effort";
import type { ModelAsked, RuntimeFolders, StepAsked, StepKind } from "../worker/messages";
import { type OpenBundle, typeOf } from "./open_bundle";

/** Return the request for a file that is to be opened. */
export function modelAsked(
  bundle: OpenBundle,
  { artifact, accelerator, threads }: AskedRun,
  runtimes: RuntimeFolders,
): ModelAsked {
  const listed = bundle.content.artifacts[artifact]!;
  const manifest = bundle.manifests[artifact]!;
  const name = bundle.content.files.some((file) => file.name === listed.file) ? listed.file : null;
  return {
    model: name === null ? new Uint8Array(0) : bundle.bytes(name),
    manifest,
    // a package of files is for no runtime of a page
    runtime: name === null ? `${listed.runtime}, which opens packages of files` : listed.runtime,
    accelerator,
    threads,
    runtimes,
  };
}

/** Return the request for a step. */
export function stepAsked(
  bundle: OpenBundle,
  run: AskedRun,
  kind: StepKind,
  runtimes: RuntimeFolders,
): StepAsked {
  const { input } = bundle.content.artifacts[run.artifact]!;
  const first = bundle.content.photos[0]!;
  return {
    ...modelAsked(bundle, run, runtimes),
    ask: "step",
    kind,
    // a copy: what is posted may be a view of all photos, and all of its buffer would be copied
    rgb: bundle.rgb(input, 0).slice(),
    outputs:
      kind === "first"
        ? {
            rgb: bundle.inputs(input),
            photos: bundle.content.photos.map(({ height_px, width_px }) => ({ height_px, width_px })),
            photo: bundle.bytes(first.file),
            photo_type: typeOf(first.file),
          }
        : null,
    effort: TURN_EFFORT,
  };
}
