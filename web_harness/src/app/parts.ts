// What the page needs of the rest: one interface, so that a page of examples can stand in for a bundle and a job.

import type { BundleContent, Manifest } from "../contract/documents";
import type { ClassMap, Picture } from "../pixels/arrays";
import type { JobHeard as Heard } from "../run/job";
import type { Looker } from "../run/looker";
import type { RunningJob } from "../run/seen";
import type { SessionFacts } from "../run/session";

/** A bundle whose files were checked by size and hash: what the screens show of it. */
export interface OpenedBundle {
  readonly content: BundleContent;
  readonly manifests: readonly Manifest[];
  photo(photo: number): Promise<Blob>;
  label(photo: number): Promise<ClassMap | null>;
  golden(artifact: number, photo: number): Promise<ClassMap>;
}

/** What the page is made of. */
export interface Parts {
  readonly session: SessionFacts;
  /** Whether this browser keeps anything beyond the page. `lost`: called once it does no longer. */
  keepsResults(lost: () => void): Promise<boolean>;
  /** Whether this tab had the link before: a reload measures nothing anew. */
  readonly isReload: boolean;
  /** Fetch and check the bundle; all below is of this bundle. Throws PageFault. */
  open(onBytes: (done: number, all: number) => void): Promise<OpenedBundle>;
  /** Whether a job of this bundle was begun here and not ended. */
  hasUnfinished(): Promise<boolean>;
  /** Send what an earlier job has left to send. */
  sendKept(heard: Heard): Promise<void>;
  /** Say what the last job that ended here gave; false where there is none. */
  tellKept(heard: Heard): Promise<boolean>;
  /** Begin, or go on with what was begun. Throws PageFault where another tab measures. */
  start(heard: Heard): Promise<RunningJob>;
  /** Return all that was measured, as one zip. */
  resultsZip(): Promise<{ readonly name: string; readonly blob: Blob }>;
  openLooker(artifact: number): Promise<Looker>;
  decode(file: Blob): Promise<Picture>;
}
