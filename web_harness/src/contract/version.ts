// The MAJOR.MINOR that a document says of itself.

import type { Table } from "./json";

export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** Return what `schema_version` says; null where it is none. */
export function versionOf(document: Table): Version | null {
  const said = document.get("schema_version");
  const parts = typeof said === "string" ? /^([0-9]{1,4})\.([0-9]{1,4})$/.exec(said) : null;
  return parts ? { major: Number(parts[1]), minor: Number(parts[2]) } : null;
}
