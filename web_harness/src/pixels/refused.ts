// Data from outside that is not as it must be: the fault by its name in conformance/cases, and a sentence for people.

export type DataFault =
  | "other-size"
  | "beyond-memory"
  | "unsupported"
  | "no-such-output"
  | "other-tensor"
  | "classes-not-channels"
  | "no-such-class"
  | "no-such-label";

/** Pictures, outputs or maps that are refused. */
export class DataRefused extends Error {
  readonly fault: DataFault;

  constructor(fault: DataFault, message: string) {
    super(message);
    this.name = "DataRefused";
    this.fault = fault;
  }
}
