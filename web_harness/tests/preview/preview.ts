// The page of examples: `?case=NAME` chooses what is played.

import { boot } from "../../src/app/boot";
import { type FaultKind, PageFault } from "../../src/app/page_faults";
import { played } from "./played";

const chosen = new URLSearchParams(location.search).get("case") ?? "finished";
const fault = new URLSearchParams(location.search).get("fault");

void boot(async () => {
  if (fault !== null) throw new PageFault(fault as FaultKind);
  return played(chosen);
});
