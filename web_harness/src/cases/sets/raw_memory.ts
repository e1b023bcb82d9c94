// The cases of outputs in memory: scores and class maps, or refused. Memory that is a byte short is refused, and not read.

import type { TensorSpec } from "../../contract/documents";
import { plain } from "../../contract/json";
import type { ClassMap, RawOutput } from "../../pixels/arrays";
import { sizeOf } from "../../pixels/numbers";
import { chosenOutput, readClasses, readScores } from "../../pixels/raw_output";
import { type Scores, scoresToClassMap } from "../../pixels/scores";
import { type CaseFolder, type CaseResult, expectEqual, expectRefused, runSet } from "../case";
import { expectArray, ofFloats, ofMap } from "../case_array";
import type { Said } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "raw_memory", {
    cases: taken,
    refused: (said) => expectRefused(said.text("error"), () => read(said, 0)),
  });
}

function taken(said: Said): void {
  const [map, scores] = read(said, 0);
  expectArray(ofMap(map), said);
  expectEqual(scores?.not_finite ?? 0, said.number("not_finite"), "the number of scores that are not finite");
  if (scores !== null && !scores.values.some(Number.isNaN)) {
    const shape = [scores.classes, scores.height_px, scores.width_px];
    expectArray(ofFloats(shape, scores.values), said, "scores");
  }
  expectRefused("beyond-memory", () => read(said, 1));
}

/** Read the wanted one of a case's outputs, each cut so that it ends `lacking` bytes before its last number does. */
function read(said: Said, lacking: number): [ClassMap, Scores | null] {
  const wanted = plain(said.table("wanted").fields) as TensorSpec;
  const classes = said.number("classes");
  const outputs = said.tables("outputs").map((one) => output(one, lacking));
  const chosen = chosenOutput(outputs, wanted);
  if (wanted.layout === "NHW") return [readClasses(chosen, wanted, classes), null];
  const scores = readScores(chosen, wanted, classes);
  return [scoresToClassMap(scores, scores.height_px, scores.width_px), scores];
}

function output(said: Said, lacking: number): RawOutput {
  const one = plain(said.fields) as RawOutput;
  const memory = said.array("memory").data;
  if (lacking === 0) return { ...one, memory };
  const reach = one.shape.reduce((sum, size, axis) => sum + (size - 1) * one.strides_bytes[axis]!, 0);
  return { ...one, memory: memory.slice(0, reach + (sizeOf(one.dtype) ?? 1) - lacking) };
}
