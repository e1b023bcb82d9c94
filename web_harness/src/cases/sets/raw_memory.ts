// The set `raw_memory`: outputs in memory become scores and class maps, or are refused.
import type { TensorSpec } from "../../contract/documents";
import type { ClassMap, RawOutput } from "../../pixels/arrays";
import { sizeOf } from "../../pixels/numbers";
import { chosenOutput, readClasses, readScores } from "../../pixels/raw_output";
import { type Scores, scoresToClassMap } from "../../pixels/scores";
import {
  bytesOf,
  type CaseFolder,
  type CaseResult,
  type Expected,
  expectArray,
  expectMap,
  expectRefused,
  expectSame,
  runLists,
  type SaidArray,
  tensorOf,
} from "../pixel_frame";

interface MemoryCase {
  readonly classes: number;
  readonly outputs: readonly (Omit<RawOutput, "memory"> & { readonly memory: SaidArray })[];
  readonly wanted: TensorSpec;
}

interface ReadCase extends MemoryCase, Expected {
  readonly scores: SaidArray | null;
  readonly not_finite: number;
}

interface RefusedCase extends MemoryCase {
  readonly error: string;
}

/** Return how each case came out. Memory that is a byte short must be refused, and not read. */
export function run(folder: CaseFolder): CaseResult[] {
  return runLists("raw_memory", folder, {
    cases: (said: ReadCase) => {
      const [map, scores] = read(said, folder, 0);
      expectMap(map, said);
      expectSame(scores?.not_finite ?? 0, said.not_finite, "the number of scores that are not finite");
      if (scores !== null && said.scores !== null && !scores.values.some(Number.isNaN)) {
        const shape = [scores.classes, scores.height_px, scores.width_px];
        expectArray("float32", shape, new Uint8Array(scores.values.buffer), said.scores, said.faults);
      }
      expectRefused("beyond-memory", () => read(said, folder, 1));
    },
    refused: (said: RefusedCase) => expectRefused(said.error, () => read(said, folder, 0)),
  });
}

/** Read the wanted one of a case's outputs, each cut so that it ends `lacking` bytes before its last number does. */
function read(said: MemoryCase, folder: CaseFolder, lacking: number): [ClassMap, Scores | null] {
  const wanted = tensorOf(said.wanted);
  const outputs = said.outputs.map((one): RawOutput => {
    const memory = bytesOf(one.memory, folder);
    if (lacking === 0) return { ...one, memory };
    const reach = one.shape.reduce((sum, size, axis) => sum + (size - 1) * one.strides_bytes[axis]!, 0);
    return { ...one, memory: memory.slice(0, reach + (sizeOf(one.dtype) ?? 1) - lacking) };
  });
  const chosen = chosenOutput(outputs, wanted);
  if (wanted.layout === "NHW") return [readClasses(chosen, wanted, said.classes), null];
  const scores = readScores(chosen, wanted, said.classes);
  return [scoresToClassMap(scores, scores.height_px, scores.width_px), scores];
}
