// What each keyword of a schema asks of a value itself; what is in it is looked at beside this file.

import { areEqual, isInteger, isList, isNumber, isTable, type Json, numberOf } from "./json";
import { writeJson } from "./json_writer";
import type { Schema } from "./schema";
import { countSigns, isWhole } from "./texts";

/** A keyword with what it asks for. */
export interface Rule {
  readonly keyword: string;
  holds(value: Json): boolean;
}

type Check = (value: Json) => boolean;
type Maker = (asked: never, part: (said: unknown) => Schema) => Check;

const SAID_ELSEWHERE: Check = () => true;

const MAKERS: Readonly<Record<string, Maker>> = {
  type: (asked: string | string[]) => {
    const names = typeof asked === "string" ? [asked] : asked;
    return (value) => names.some((name) => isOfType(value, name));
  },
  enum: (asked: Json[]) => (value) => asked.some((one) => areEqual(one, value)),
  const: (asked: Json) => (value) => areEqual(asked, value),
  anyOf: (asked: unknown[], part) => {
    const parts = asked.map(part);
    return (value) => parts.some((one) => one.fault(value) === null);
  },
  required: (asked: string[]) => (value) => !isTable(value) || asked.every((name) => value.has(name)),
  pattern: (asked: string) => {
    const pattern = new RegExp(asked, "u");
    return (value) => typeof value !== "string" || (isWhole(value) && pattern.test(value));
  },
  uniqueItems: (asked: boolean) => (value) =>
    !asked || !isList(value) || new Set(value.map(writeJson)).size === value.length,
  minimum: (asked: number) => (value) => !isNumber(value) || numberOf(value) >= asked,
  maximum: (asked: number) => (value) => !isNumber(value) || numberOf(value) <= asked,
  exclusiveMinimum: (asked: number) => (value) => !isNumber(value) || numberOf(value) > asked,
  minLength: (asked: number) => (value) => typeof value !== "string" || countSigns(value) >= asked,
  maxLength: (asked: number) => (value) => typeof value !== "string" || countSigns(value) <= asked,
  minItems: (asked: number) => (value) => !isList(value) || value.length >= asked,
  maxItems: (asked: number) => (value) => !isList(value) || value.length <= asked,
  maxProperties: (asked: number) => (value) => !isTable(value) || value.size <= asked,
  properties: () => SAID_ELSEWHERE,
  propertyNames: () => SAID_ELSEWHERE,
  additionalProperties: () => SAID_ELSEWHERE,
  items: () => SAID_ELSEWHERE,
};

const ASKS_NOTHING = ["$schema", "$id", "$defs", "title", "description"];

/** Return the rule of a keyword; null for one that asks for nothing. Throws TypeError for one that is not known. */
export function ruleOf(keyword: string, asked: unknown, part: (said: unknown) => Schema): Rule | null {
  const make = MAKERS[keyword];
  if (make) return { keyword, holds: make(asked as never, part) };
  if (ASKS_NOTHING.includes(keyword)) return null;
  throw new TypeError(`a schema asks for ${keyword}, which nothing here looks at`);
}

function isOfType(value: Json, type: string): boolean {
  switch (type) {
    case "object":
      return isTable(value);
    case "array":
      return isList(value);
    case "number":
      return isNumber(value);
    case "integer":
      return isNumber(value) && isInteger(value);
    case "null":
      return value === null;
    default:
      return typeof value === type; // string, boolean
  }
}
