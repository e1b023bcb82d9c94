// From a runtime's outputs to the class map at a photo's size, as the manifest says it.
import type { Manifest } from "../contract/documents";
import type { ClassMap, RawOutput } from "./arrays";
import { resizeClasses } from "./class_map";
import { chosenOutput, readClasses, readScores } from "./raw_output";
import { DataRefused } from "./refused";
import { scoresToClassMap } from "./scores";

/** What a file's outputs come to on one photo. `not_finite`: scores that are no number; any fails the file. */
export interface Segmented {
  readonly map: ClassMap;
  readonly not_finite: number;
}

/** Return the class map of a photo of this size. Throws DataRefused where the outputs are not what the manifest says. */
export function segmented(
  outputs: readonly RawOutput[],
  manifest: Pick<Manifest, "output" | "outputs" | "classes">,
  height_px: number,
  width_px: number,
): Segmented {
  const wanted = manifest.outputs[0];
  if (wanted === undefined) throw new DataRefused("no-such-output", "the manifest names no output");
  const output = chosenOutput(outputs, wanted);
  if (manifest.output === "classmap") {
    const found = readClasses(output, wanted, manifest.classes.length);
    return { map: resizeClasses(found, height_px, width_px), not_finite: 0 };
  }
  const scores = readScores(output, wanted, manifest.classes.length);
  return { map: scoresToClassMap(scores, height_px, width_px), not_finite: scores.not_finite };
}
