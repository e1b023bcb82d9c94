// Looks for a null that a record gives no reason for; docs/record.md, "Fields".

import { isList, isNumber, isTable, type Json, type Table } from "./json";
import { escapeStep } from "./schema";

/** A step on the way to a value: the name of a field, as a pointer has it, or a place in a list. */
export interface Step {
  readonly text: string;
  readonly isPlace: boolean;
}

/** Return the pointer (RFC 6901) of the first null without a reason, or null; `*` stands for any place in a list. */
export function unexplainedNull(document: Table, reasons: Iterable<string>): string | null {
  const said = new Set(reasons);
  const starred = [...said].filter((reason) => reason.includes("*")).map((reason) => reason.split("/"));
  for (const steps of nullsOf(document)) {
    const pointer = steps.map((step) => `/${step.text}`).join("");
    if (!said.has(pointer) && !starred.some((entry) => fits(entry, steps))) return pointer;
  }
  return null;
}

function* nullsOf(value: Json): Generator<readonly Step[]> {
  if (value === null) yield [];
  if (isTable(value)) {
    for (const [name, inside] of value) {
      if (mayHoldNull(inside)) yield* within({ text: escapeStep(name), isPlace: false }, inside);
    }
  }
  if (isList(value)) {
    for (const [place, inside] of value.entries()) {
      if (mayHoldNull(inside)) yield* within({ text: String(place), isPlace: true }, inside);
    }
  }
}

function* within(step: Step, inside: Json): Generator<readonly Step[]> {
  for (const steps of nullsOf(inside)) yield [step, ...steps];
}

/** A list that begins with a number holds numbers alone, as its schema was looked at. */
function mayHoldNull(value: Json): boolean {
  return value === null || isTable(value) || (isList(value) && value.length > 0 && !isNumber(value[0]));
}

/** Say whether the steps of a pointer with `*` in it are those of a value. */
export function fits(entry: readonly string[], steps: readonly Step[]): boolean {
  if (entry.length !== steps.length + 1) return false;
  return steps.every((step, at) => entry[at + 1] === step.text || (step.isPlace && entry[at + 1] === "*"));
}
