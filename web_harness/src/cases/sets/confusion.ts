// The cases of class maps held against labels.

import { isList, plain } from "../../contract/json";
import { type Confusion, confusionOf, ious, miou, totalOf } from "../../pixels/confusion";
import { type CaseFolder, type CaseResult, expectEqual, expectNear, expectRefused, runSet } from "../case";
import { toMap } from "../case_array";
import type { Said } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "confusion", { cases: scored, refused });
}

function scored(said: Said): void {
  const classes = said.number("classes");
  const photos = said.tables("photos").map((photo) => {
    const found = counted(photo, classes);
    expectEqual(found.counts, saidCounts(photo), "a photo's matrix");
    return found;
  });
  const total = totalOf(photos, classes);
  expectEqual(total.counts, saidCounts(said), "the matrix");
  const wanted = plain(said.list("iou")) as readonly (number | null)[];
  for (const [kind, found] of ious(total).entries()) {
    expectNear(found, wanted[kind]!, `the IoU of class ${kind}`);
  }
  const found = miou(total);
  expectNear(found, said.numberOrNull("miou"), `the mIoU${causeOf(found, said.table("faults"))}`);
}

function refused(said: Said): void {
  expectRefused(said.text("error"), () => counted(said, said.number("classes")));
}

function counted(said: Said, classes: number): Confusion {
  return confusionOf(toMap(said.array("predicted")), toMap(said.array("label")), classes);
}

function saidCounts(said: Said): number[] {
  return said.list("confusion").flatMap((row) => (isList(row) ? (plain(row) as number[]) : []));
}

/** Here faults are other values of mIoU. */
function causeOf(found: number | null, faults: Said): string {
  const names = faults.names().filter((name) => {
    const wrong = faults.numberOrNull(name);
    return found !== null && wrong !== null && Math.abs(wrong - found) <= 1e-9;
  });
  return names.length > 0 ? ` (this is what ${names.join(" or ")} gives)` : "";
}
