// JSON values as documents from outside are read: told apart by what was written, and safe whatever a field is called.

/** A value. A `number` is finite, and whole only where it was written without fraction and exponent. */
export type Json = null | boolean | string | number | bigint | Real | readonly Json[] | Table;

/** A table, its fields in the order in which they were written. */
export interface Table extends ReadonlyMap<string, Json> {}

/** A number that was written with a fraction or an exponent, and yet is whole (1.0) or beyond all numbers (1e999). */
export class Real {
  readonly text: string;
  readonly value: number;

  constructor(text: string, value: number) {
    this.text = text;
    this.value = value;
  }
}

/** A text that is no JSON; whoever reads it names the file and gives its own kind of error. */
export class NotJson extends Error {}

export function isTable(value: Json | undefined): value is Table {
  return value instanceof Map;
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isNumber(value: Json | undefined): value is number | bigint | Real {
  return typeof value === "number" || typeof value === "bigint" || value instanceof Real;
}

/** Return a number to compare with; whole ones that no double holds stay exact. */
export function numberOf(value: number | bigint | Real): number | bigint {
  return value instanceof Real ? value.value : value;
}

/** Say whether a number was written as a whole one: 1.0 was not. */
export function isInteger(value: number | bigint | Real): boolean {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}

/** Say whether two values are one: tables without regard to order, numbers by value. */
export function areEqual(one: Json, other: Json): boolean {
  if (isNumber(one) && isNumber(other)) {
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint equals the number of its value by == alone
    return numberOf(one) == numberOf(other);
  }
  if (isList(one) && isList(other)) {
    return one.length === other.length && one.every((value, place) => areEqual(value, other[place]!));
  }
  if (isTable(one) && isTable(other)) {
    if (one.size !== other.size) return false;
    return [...one].every(([name, value]) => other.has(name) && areEqual(value, other.get(name)!));
  }
  return one === other;
}

/** Return a value as plain objects and arrays, for a document whose schema was looked at. */
export function plain(value: Json): unknown {
  if (isTable(value)) return Object.fromEntries([...value].map(([name, inside]) => [name, plain(inside)]));
  if (isList(value)) return value.map(plain);
  return isNumber(value) ? Number(numberOf(value)) : value;
}
