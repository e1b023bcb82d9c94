// Pictures, outputs and maps that are not as they must be: the fault by its name in conformance/cases.
import { Refused } from "../contract/faults";

/** What tensors, planes and class maps may be refused for; docs/preprocessing.md. */
export type DataFault =
  | "no-such-output"
  | "other-tensor"
  | "classes-not-channels"
  | "no-such-class"
  | "no-such-label"
  | "other-size"
  | "beyond-memory"
  | "unsupported";

/** Tensors, planes and class maps that do not fit what was said of them. */
export class DataRefused extends Refused<DataFault> {}
