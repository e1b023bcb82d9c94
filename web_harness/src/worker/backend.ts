// A runtime in a worker: what each of the two files beside this one does. No other file uses a runtime's own types.

import type { Accelerator, AcceleratorPart, Manifest } from "../contract/documents";
import type { RawOutput } from "../pixels/arrays";

/** A file that is to be run. `runtimes_url`: the folder that the runtimes' WebAssembly lies in, ending with a slash. */
export interface Wanted {
  readonly model: Uint8Array;
  readonly manifest: Manifest;
  readonly accelerator: Accelerator;
  readonly threads: number;
  readonly runtimes_url: string;
}

/** `name`: as a record has it. `build`: which of the library's builds; null until it is loaded. */
export interface RuntimeFacts {
  readonly name: "ort" | "litert";
  readonly tool: string;
  readonly version: string | null;
  readonly build: string | null;
}

export interface Backend {
  /** Load runtime and file until it can run. Throws CannotRun; whatever else is thrown failed by itself. */
  open(wanted: Wanted): Promise<Session>;
}

/** A file that is loaded. One caller at a time fills, runs and reads it. */
export interface Session {
  readonly facts: RuntimeFacts;
  readonly accelerator: AcceleratorPart;
  /** Threads that the runtime took; null where it does not say. */
  readonly threads: number | null;
  /** What loading took: library and file together, and the file alone. */
  readonly opening: { readonly runtime_ms: number; readonly file_ms: number };

  /** Put the next input in place: the bytes that pixels/input_tensor makes. Not timed. */
  fill(input: Uint8Array): void;

  /** Run, and return once the output is in this worker's memory: a run's time ends with its output in hand. */
  run(): Promise<void>;

  /** Copy what the last run gave. Not timed. */
  outputs(): RawOutput[];

  close(): void;
}

/** This file cannot run here as asked; the message says why, for people. */
export class CannotRun extends Error {}
