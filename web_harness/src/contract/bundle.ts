// Reads bundle.json: its version, its schema, and what no schema can ask for; docs/bundle.md.

import { checkBundle } from "./bundle_checks";
import { BUNDLE_JSON } from "./bundle_names";
import type { BundleContent } from "./documents";
import { type BundleFault, BundleRefused } from "./faults";
import { sha256 } from "./hashes";
import { isTable, NotJson, plain, type Table } from "./json";
import { type JsonDocument, readJson } from "./json_reader";
import { pointerOf, type SchemaFault } from "./schema";
import { BUNDLE_SCHEMA } from "./schemas";
import { versionOf } from "./version";

const MOST_BYTES = 64 * 2 ** 20;
const KNOWN = { major: 1, minor: 0 };

/** A bundle.json that was read. `sha256`: the bundle's own hash. `document`: as far as this version knows it. */
export interface Bundle {
  readonly sha256: string;
  readonly content: BundleContent;
  readonly document: Table;
}

/** Return what a bundle.json says. Throws BundleRefused. */
export function readBundle(data: Uint8Array): Bundle {
  if (data.length > MOST_BYTES) {
    throw new BundleRefused("out-of-bounds", `${BUNDLE_JSON} is larger than ${MOST_BYTES} bytes`);
  }
  const document = checkedBundle(parsed(data));
  return { sha256: sha256(data), document, content: plain(document) as BundleContent };
}

/** Return what this version knows of a bundle.json. Throws BundleRefused. */
export function checkedBundle({ value, isBounded }: JsonDocument): Table {
  if (!isTable(value)) throw new BundleRefused("not-a-table", `${BUNDLE_JSON} is no table`);
  const version = versionOf(value);
  if (!version) throw new BundleRefused("no-version", `${BUNDLE_JSON} says no schema_version`);
  if (version.major !== KNOWN.major) {
    const advice =
      version.major > KNOWN.major ? "update PocketSeg and open its page anew" : "make the bundle anew";
    const said = `${version.major}.${version.minor}`;
    throw new BundleRefused("other-version", `${BUNDLE_JSON} is of version ${said}: ${advice}`);
  }
  const known = version.minor > KNOWN.minor ? BUNDLE_SCHEMA.knownPart(value) : value;
  const found = BUNDLE_SCHEMA.fault(known);
  if (found) {
    const where = `${BUNDLE_JSON}: ${pointerOf(found)}`;
    throw new BundleRefused(faultOf(found), `${where} is not as it must be (${found.keyword})`);
  }
  if (!isBounded) {
    throw new BundleRefused("out-of-bounds", `${BUNDLE_JSON}: a number is beyond what a number can hold`);
  }
  checkBundle(plain(known) as BundleContent);
  return known;
}

function parsed(data: Uint8Array): JsonDocument {
  try {
    return readJson(data);
  } catch (error) {
    throw error instanceof NotJson
      ? new BundleRefused("not-json", `${BUNDLE_JSON}: ${error.message}`)
      : error;
  }
}

function faultOf(found: SchemaFault): BundleFault {
  switch (found.keyword) {
    case "required":
      return "missing";
    case "additionalProperties":
      return "unknown-field";
    case "type":
      return "wrong-type";
    case "pattern":
    case "enum":
      return "bad-value";
    default:
      return "out-of-bounds";
  }
}
