// A table of a case file, whose fields are asked for by type; what is not there as it should be is told by its name.

import { sha256 } from "../contract/hashes";
import { isList, isNumber, isTable, type Json, numberOf, type Table } from "../contract/json";
import type { ElementType } from "../pixels/arrays";
import type { CaseFolder } from "./case";
import type { CaseArray } from "./case_array";

/** A file of cases that is not as conformance/README.md says. */
export class CaseFault extends Error {}

export class Said {
  /** `folder`: where arrays lie. */
  constructor(
    readonly fields: Table,
    readonly folder: CaseFolder,
  ) {}

  names(): string[] {
    return [...this.fields.keys()];
  }

  value(name: string): Json {
    const found = this.fields.get(name);
    if (found === undefined) throw new CaseFault(`the case has no ${name}`);
    return found;
  }

  /** Say whether a field is there and not null. */
  has(name: string): boolean {
    return (this.fields.get(name) ?? null) !== null;
  }

  table(name: string): Said {
    return this.asTable(this.value(name), name);
  }

  tables(name: string): Said[] {
    return this.list(name).map((item) => this.asTable(item, name));
  }

  list(name: string): readonly Json[] {
    const found = this.value(name);
    if (!isList(found)) throw new CaseFault(`${name} is no list`);
    return found;
  }

  text(name: string): string {
    const found = this.value(name);
    if (typeof found !== "string") throw new CaseFault(`${name} is no text`);
    return found;
  }

  textOrNull(name: string): string | null {
    return this.has(name) ? this.text(name) : null;
  }

  texts(name: string): string[] {
    return this.list(name).map((item) => {
      if (typeof item !== "string") throw new CaseFault(`${name} holds what is no text`);
      return item;
    });
  }

  number(name: string): number {
    return asNumber(this.value(name), name);
  }

  numberOrNull(name: string): number | null {
    return this.has(name) ? this.number(name) : null;
  }

  numbers(name: string): number[] {
    return this.list(name).map((item) => asNumber(item, name));
  }

  numberLists(name: string): number[][] {
    return this.list(name).map((item) => {
      if (!isList(item)) throw new CaseFault(`${name} holds what is no list`);
      return item.map((inside) => asNumber(inside, name));
    });
  }

  bool(name: string): boolean {
    const found = this.value(name);
    if (typeof found !== "boolean") throw new CaseFault(`${name} is neither true nor false`);
    return found;
  }

  boolOrNull(name: string): boolean | null {
    return this.has(name) ? this.bool(name) : null;
  }

  /** Return an array that a case starts from, checked by its hash. */
  array(name: string): CaseArray {
    const said = this.table(name);
    const hex = said.textOrNull("hex");
    const data = hex === null ? this.folder.bytes(said.text("file")) : unhex(hex);
    if (sha256(data) !== said.text("sha256"))
      throw new CaseFault(`${name}: the array of the case is damaged`);
    return { dtype: said.text("dtype") as ElementType, shape: said.numbers("shape"), data };
  }

  private asTable(value: Json, name: string): Said {
    if (!isTable(value)) throw new CaseFault(`${name} is no table`);
    return new Said(value, this.folder);
  }
}

/** Return the bytes that hex digits say. */
export function unhex(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new CaseFault("the cases hold what is no hex");
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
  );
}

function asNumber(value: Json, name: string): number {
  if (!isNumber(value)) throw new CaseFault(`${name} is no number`);
  return Number(numberOf(value));
}
