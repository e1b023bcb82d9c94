// Which job of a bundle this browser keeps: what was begun is gone on with by the page that began it, and by no other version.

import { drawId } from "../contract/hashes";
import { JOURNAL_FORM, Journal, type KeptJob } from "./journal";
import type { OpenBundle } from "./open_bundle";
import type { SessionFacts } from "./session";
import type { Store } from "./store";

/** Go on with what was begun, or is finished and not yet with the computer that asked for it; else begin anew. */
export async function begun(store: Store, bundle: OpenBundle, session: SessionFacts): Promise<KeptJob> {
  const kept = await keptJob(store, session);
  const isUnsent = async (one: KeptJob) =>
    session.results_url !== null && one.page === pageOf(session) && (await hasUnsent(store, one, bundle));
  if (kept && (kept.state === "running" || (await isUnsent(kept)))) return kept;
  if (kept) await forget(store, kept.job);
  const job: KeptJob = {
    job: drawId(),
    bundle: bundle.sha256,
    started_at_ms: Date.now(),
    state: "running",
    page: pageOf(session),
  };
  await keepJob(store, job);
  return job;
}

/** Which page it is: one record is not measured by two of them, nor a journal read in another's form. */
function pageOf({ program_version, commit, runtimes }: SessionFacts): string {
  return [JOURNAL_FORM, program_version, commit ?? "", runtimes.ort, runtimes.litert].join(" ");
}

async function hasUnsent(store: Store, kept: KeptJob, bundle: OpenBundle): Promise<boolean> {
  const journal = new Journal(store, kept.job);
  for (const run of bundle.content.job.runs.keys()) {
    if ((await journal.record(run)) !== null && !(await journal.isSent(run))) return true;
  }
  return false;
}

/** What another version of the page began is not gone on with: its records count, and can be sent. */
export async function keptJob(store: Store, session: SessionFacts): Promise<KeptJob | null> {
  const kept = (await store.get(`current/${session.bundle}`)) as KeptJob | undefined;
  if (!kept || typeof kept.job !== "string" || !Number.isFinite(kept.started_at_ms)) return null;
  const isOfAnother = kept.page !== pageOf(session);
  return isOfAnother && kept.state === "running" ? { ...kept, state: "cancelled" } : kept;
}

export async function keepJob(store: Store, job: KeptJob): Promise<void> {
  await store.put(`current/${job.bundle}`, job);
}

/** Make room: a new job of this bundle takes the place of the one before it. */
async function forget(store: Store, job: string): Promise<void> {
  await store.remove(await store.keys(`job/${job}/`));
}
