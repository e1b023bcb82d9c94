// The cases of records.

import { areEqual } from "../../contract/json";
import { readRecord } from "../../contract/record_reader";
import { type CaseFolder, type CaseResult, differs, expectRefused, runSet } from "../case";
import { type Said, unhex } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "records", { cases: accepted, refused });
}

function accepted(said: Said): void {
  if (!areEqual(readRecord(bytesOf(said)), said.value("is")))
    differs("the record is read as another document");
}

function refused(said: Said): void {
  expectRefused(said.text("error"), () => readRecord(bytesOf(said)));
}

function bytesOf(said: Said): Uint8Array {
  const hex = said.textOrNull("bytes");
  return hex === null ? new TextEncoder().encode(said.text("text")) : unhex(hex);
}
