// The parts of the page as they are: the files beside it, the runtimes in workers, the job.

import { PageFault } from "./page_faults";
import type { Parts } from "./parts";

/** Return what this page was given. Throws PageFault. */
export async function connect(): Promise<Parts> {
  throw new PageFault("no session");
}
