// Holds documents against a schema of conformance/schema. It knows the keywords that those use, and refuses others.

import { isList, isTable, type Json, type Table } from "./json";
import { type Rule, ruleOf } from "./schema_rule";

/** What a document breaks of its schema: where, which keyword, and the value that is there. */
export interface SchemaFault {
  readonly path: readonly string[];
  readonly keyword: string;
  readonly value: Json;
}

/** A part of a schema, made ready once: rules in their own order, a reference replaced by what it names. */
export class Schema {
  private readonly rules: readonly Rule[];
  private readonly properties: ReadonlyMap<string, Schema>;
  private readonly items: Schema | null;
  private readonly names: Schema | null;
  private readonly others: Schema | null;

  constructor(said: Said, shared: Said) {
    let own = said;
    while (typeof own.$ref === "string") own = table(shared[own.$ref.replace("#/$defs/", "")]);
    const part = (inside: unknown) => new Schema(table(inside), shared);
    const inside = Object.entries(table(own.properties ?? {}));
    this.properties = new Map(inside.map(([name, one]) => [name, part(one)]));
    this.items = own.items === undefined ? null : part(own.items);
    this.names = own.propertyNames === undefined ? null : part(own.propertyNames);
    const others = own.additionalProperties;
    this.others = others === undefined || others === false ? null : part(others);
    this.rules = Object.entries(own).flatMap(([keyword, asked]) => ruleOf(keyword, asked, part) ?? []);
  }

  /** Return the first thing that a value breaks, in the schema's own order; null where it fits. */
  fault(value: Json): SchemaFault | null {
    for (const rule of this.rules) {
      const found = this.inner(value, rule.keyword);
      if (found) return found;
      if (!rule.holds(value)) return { path: [], keyword: rule.keyword, value };
    }
    return null;
  }

  /** Return a table without the fields that are not named here: what a newer minor version added. */
  knownPart(document: Table): Table {
    if (this.properties.size === 0) return document;
    const known = new Map<string, Json>();
    for (const [name, inside] of document) {
      const part = this.properties.get(name);
      if (part) known.set(name, part.known(inside));
    }
    return known;
  }

  private known(value: Json): Json {
    if (isTable(value)) return this.knownPart(value);
    const { items } = this;
    return isList(value) && items ? value.map((inside) => items.known(inside)) : value;
  }

  /** Look into a table or a list, where a keyword asks for something of what is in it. */
  private inner(value: Json, keyword: string): SchemaFault | null {
    if (isList(value)) return keyword === "items" ? this.inItems(value) : null;
    if (!isTable(value)) return null;
    switch (keyword) {
      case "properties":
        return this.inProperties(value);
      case "propertyNames":
        return firstFault(value.keys(), (name) => this.names?.fault(name) ?? null);
      case "additionalProperties":
        return this.inOthers(value);
      default:
        return null;
    }
  }

  private inItems(values: readonly Json[]): SchemaFault | null {
    return firstFault(values.entries(), ([place, inside]) =>
      within(String(place), this.items?.fault(inside)),
    );
  }

  private inProperties(value: Table): SchemaFault | null {
    return firstFault(this.properties, ([name, part]) => {
      const inside = value.get(name);
      return inside === undefined ? null : within(name, part.fault(inside));
    });
  }

  private inOthers(value: Table): SchemaFault | null {
    return firstFault(value, ([name, inside]) => {
      if (this.properties.has(name)) return null;
      if (!this.others) return { path: [], keyword: "additionalProperties", value };
      return within(name, this.others.fault(inside));
    });
  }
}

/** Return a schema, made of its JSON as a build imports it. */
export function makeSchema(document: object): Schema {
  const said = document as Said;
  return new Schema(said, table(said.$defs ?? {}));
}

/** Return where a fault is, as a JSON pointer (RFC 6901). */
export function pointerOf(fault: SchemaFault): string {
  return fault.path.map((step) => `/${escapeStep(step)}`).join("") || "it";
}

/** Return a step as a part of a JSON pointer. */
export function escapeStep(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

type Said = Readonly<Record<string, unknown>>;

function table(said: unknown): Said {
  if (typeof said !== "object" || said === null || Array.isArray(said)) {
    throw new TypeError("a part of a schema is no table");
  }
  return said as Said;
}

function firstFault<Item>(
  items: Iterable<Item>,
  look: (item: Item) => SchemaFault | null,
): SchemaFault | null {
  for (const item of items) {
    const found = look(item);
    if (found) return found;
  }
  return null;
}

function within(step: string, fault: SchemaFault | null | undefined): SchemaFault | null {
  return fault ? { ...fault, path: [step, ...fault.path] } : null;
}
