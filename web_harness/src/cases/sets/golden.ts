// The cases of class maps held against golden ones.

import type { ArithmeticName } from "../../contract/documents";
import { edgePixels } from "../../pixels/edges";
import { allowedShare, judge } from "../../pixels/judge";
import { type CaseFolder, type CaseResult, differs, expectEqual, runSet } from "../case";
import { toMap } from "../case_array";
import type { Said } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "golden", { allowed, cases: near });
}

function allowed(said: Said): void {
  const golden = toMap(said.array("golden"));
  expectEqual(edgePixels(golden), said.number("edge_pixels"), "the number of pixels along edges");
  const shares = said.table("is");
  for (const name of shares.names()) {
    const found = allowedShare(golden, name as ArithmeticName);
    expectWithin(found, shares.number(name), `the share for ${name}`);
  }
}

function near(said: Said): void {
  const judged = judge(toMap(said.array("found")), toMap(said.array("golden")), said.number("allowed"));
  expectWithin(judged.agreement, said.number("agreement"), "the agreement");
  const faults = said.table("faults").names().join(" or ");
  expectEqual(
    judged.is_near,
    said.bool("is_near"),
    faults === "" ? "near" : `near (this is what ${faults} gives)`,
  );
}

function expectWithin(found: number, wanted: number, what: string): void {
  if (!(Math.abs(found - wanted) <= 1e-6)) differs(`${what} is ${found}, not ${wanted}`);
}
