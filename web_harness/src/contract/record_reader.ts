// Reads a record: its seal, its schema, and what no schema can ask for; docs/record.md.

import { type RecordFault, RecordRefused } from "./faults";
import { isList, isTable, type Json, NotJson, type Table } from "./json";
import { type JsonDocument, readJson } from "./json_reader";
import type { Writable } from "./json_writer";
import { checkRecord, damaged } from "./record_checks";
import { pointerOf, type SchemaFault } from "./schema";
import { RECORD_SCHEMA } from "./schemas";
import { seal, sealFits } from "./seal";
import { prints } from "./texts";
import { versionOf } from "./version";

const KNOWN = { major: 1, minor: 4 };
const MOST_BYTES = 64 * 2 ** 20;

/** The version of the records that are written here. */
export const RECORD_VERSION = `${KNOWN.major}.${KNOWN.minor}`;

/** Return a record's document; fields of a newer minor version are kept and not looked at. Throws RecordRefused. */
export function readRecord(data: Uint8Array): Table {
  if (data.length > MOST_BYTES) throw damaged("out-of-bounds", `it is larger than ${MOST_BYTES} bytes`);
  const { value, isBounded } = parsed(data);
  if (!isTable(value)) throw damaged("not-a-table", "it is no table");
  const version = versionOf(value);
  if (!version) throw damaged("no-version", "it says no schema_version");
  if (version.major !== KNOWN.major) {
    const advice = version.major > KNOWN.major ? "update PocketSeg" : "measure anew";
    const said = `the record is of version ${version.major}, not ${KNOWN.major}`;
    throw new RecordRefused("other-version", `${said}; ${advice}`);
  }
  if (!sealFits(data, value.get("seal"))) throw damaged("seal", "its seal does not fit");
  const known = version.minor > KNOWN.minor ? RECORD_SCHEMA.knownPart(value) : value;
  const found = RECORD_SCHEMA.fault(known);
  if (found) {
    throw damaged(faultOf(found), `${pointerOf(found)} is not as it must be (${found.keyword})`);
  }
  if (!isBounded) throw damaged("out-of-bounds", "a number is beyond what a number can hold");
  if (!printsAll(known)) throw damaged("does-not-print", "a text has characters that do not print");
  checkRecord(known);
  return value;
}

/** Return a document that was made here as one line with its seal. Throws RecordRefused where it could not be read. */
export function sealed(document: Readonly<Record<string, Writable>>): string {
  const text = seal(document, RECORD_VERSION);
  readRecord(new TextEncoder().encode(text));
  return text;
}

function parsed(data: Uint8Array): JsonDocument {
  try {
    return readJson(data);
  } catch (error) {
    throw error instanceof NotJson ? damaged("not-json", error.message) : error;
  }
}

function faultOf(found: SchemaFault): RecordFault {
  switch (found.keyword) {
    case "pattern":
      return typeof found.value === "string" && !prints(found.value) ? "does-not-print" : "bad-value";
    case "enum":
      return "bad-value";
    case "required":
      return "missing";
    case "additionalProperties":
      return "unknown-field";
    case "type":
      return "wrong-type";
    default:
      return "out-of-bounds";
  }
}

function printsAll(value: Json): boolean {
  if (typeof value === "string") return prints(value);
  if (isList(value)) return value.every(printsAll);
  if (isTable(value)) return [...value].every(([name, inside]) => prints(name) && printsAll(inside));
  return true;
}
