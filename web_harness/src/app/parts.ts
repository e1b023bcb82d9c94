// What the page needs of the rest: one interface, so that a page of examples can stand in for a bundle and a job.

import type { BundleContent, Manifest } from "../contract/documents";
import type { ClassMap, Picture } from "../pixels/arrays";
import type { Listener, RunningJob } from "../run/seen";

/** A session.json that was checked. */
export interface SessionFacts {
  readonly mode: "serve" | "static";
  readonly bundle: string;
  readonly bundle_url: string;
  readonly results_url: string | null;
  readonly runtimes: Readonly<Record<string, string>>;
  readonly program_version: string;
  readonly commit: string | null;
}

/** A bundle whose files were checked by size and hash. */
export interface OpenedBundle {
  readonly content: BundleContent;
  readonly manifests: readonly Manifest[];
  photo(photo: number): Promise<Blob>;
  label(photo: number): Promise<ClassMap | null>;
  golden(artifact: number, photo: number): Promise<ClassMap>;
}

/** A picture's class map at the picture's size. `run_ms`: the file alone; `whole_ms`: with resizing and argmax. */
export interface Looked {
  readonly map: ClassMap;
  readonly run_ms: number;
  readonly whole_ms: number;
}

/** A file that is open to look at pictures, one after another. */
export interface Looker {
  look(picture: Picture): Promise<Looked>;
  close(): void;
}

/** What a job says, and how what it measured gets to the desktop. */
export interface Heard extends Listener {
  /** The desktop took a record into its table. */
  onTaken(run: number): void;
  /** Sending does not work now; it is tried again. Null: it works again. */
  onUnsent(why: Unsent | null): void;
}

/** `over`: the link is over, so that only a new one helps. */
export interface Unsent {
  readonly kind: "over" | "gone" | "refused";
  readonly message: string;
}

export interface Parts {
  readonly session: SessionFacts;
  readonly token: string | null;
  open(onBytes: (done: number, all: number) => void): Promise<OpenedBundle>;
  /** Whether a job of this bundle was begun here and not ended. */
  hasUnfinished(): Promise<boolean>;
  /** Begin, or go on with what was begun. Throws Busy where another page measures. */
  start(bundle: OpenedBundle, heard: Heard): Promise<RunningJob>;
  /** Return all that was measured, as one zip. */
  resultsZip(): Promise<{ readonly name: string; readonly blob: Blob }>;
  openLooker(bundle: OpenedBundle, artifact: number): Promise<Looker>;
  decode(file: Blob): Promise<Picture>;
}
