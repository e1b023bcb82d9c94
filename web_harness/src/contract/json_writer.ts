// Writes JSON as one line, the same for values that were read and for plain objects that were made here.

import { type Json, Real } from "./json";

/** What can be written: plain objects and arrays, or what was read. An absent field is `undefined`. */
export type Writable = Json | undefined | { readonly [name: string]: Writable } | readonly Writable[];

/** Return a value as one line. Throws TypeError for what JSON cannot say: NaN, or a place in a list that is empty. */
export function writeJson(value: Writable): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value === "bigint") return String(value);
  if (value instanceof Real) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  if (value === undefined) throw new TypeError("JSON has no undefined");
  const fields: Iterable<[string, Writable]> = value instanceof Map ? value : Object.entries(value);
  const written: string[] = [];
  for (const [name, inside] of fields) {
    if (inside !== undefined) written.push(`${JSON.stringify(name)}:${writeJson(inside)}`);
  }
  return `{${written.join(",")}}`;
}
