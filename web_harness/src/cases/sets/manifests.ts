// The cases of manifests.

import { writeJson } from "../../contract/json_writer";
import { readManifest } from "../../contract/manifest_reader";
import { type CaseFolder, type CaseResult, expectEqual, expectRefused, runSet } from "../case";
import { type Said, unhex } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "manifests", { cases: accepted, refused });
}

function accepted(said: Said): void {
  const found = readManifest(bytesOf(said));
  const wanted = said.table("manifest");
  expectEqual(found.classes, wanted.texts("classes"), "the list of classes");
  expectEqual(found.inputs[0]?.shape, wanted.tables("inputs")[0]?.numbers("shape"), "the input's shape");
  expectEqual(found.target, wanted.text("target"), "the target");
}

function refused(said: Said): void {
  expectRefused(said.text("error"), () => readManifest(bytesOf(said)));
}

function bytesOf(said: Said): Uint8Array {
  const hex = said.textOrNull("bytes");
  return hex === null ? new TextEncoder().encode(writeJson(said.value("manifest"))) : unhex(hex);
}
