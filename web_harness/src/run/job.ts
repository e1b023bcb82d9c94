// Jobs of this page: begin one or go on with it, know of one that was left, and put its results into one zip.

import { writeArchive } from "../contract/archive_writer";
import { drawId } from "../contract/hashes";
import { writeProgress } from "../contract/progress";
import { YARDSTICK_VERSION } from "../method/yardstick";
import { Driver } from "./driver";
import { JOB_EFFORT } from "./effort";
import { Journal, type KeptJob } from "./journal";
import { WorkerLauncher } from "./launcher";
import { claimBrowser } from "./only_tab";
import type { OpenBundle } from "./open_bundle";
import { deviceOf } from "./page_device";
import type { Listener, RunningJob } from "./seen";
import { Sending, type SendingHeard } from "./sending";
import type { SessionFacts } from "./session";
import { openStore, type Store } from "./store";
import { keepScreenOn } from "./wake_lock";
import { type Watch, watchPage } from "./watch";
import { makeWorker } from "./workers";

/** Another tab of this browser measures: both would only measure each other. */
export class Busy extends Error {}

/** Who hears of a job and of how its records get to the computer. */
export interface JobHeard extends Listener, SendingHeard {}

/** What a job is begun with. `token`: null where none is needed. */
export interface JobOptions {
  readonly bundle: OpenBundle;
  readonly session: SessionFacts;
  readonly token: string | null;
  readonly heard: JobHeard;
}

/** This opening of the page; a journal tells by it what an earlier one left. */
const PAGE = drawId();
const LEFT = "pocketseg.left";
let page: { readonly store: Promise<Store>; readonly watch: Watch } | null = null;

function here(): { readonly store: Promise<Store>; readonly watch: Watch } {
  if (!page) {
    page = { store: openStore(), watch: watchPage() };
    // said good-bye: a step that was cut short by that says nothing against its file
    addEventListener("pagehide", () => remember(LEFT, [...leaving(), PAGE].slice(-50)));
  }
  return page;
}

/** Whether a job of this bundle was begun here and not ended. */
export async function hasUnfinished(bundle: string): Promise<boolean> {
  return (await keptJob(await here().store, bundle))?.state === "running";
}

/** Begin a job, or go on with one of this bundle that was not ended. Throws Busy where another tab measures. */
export async function startJob({ bundle, session, token, heard }: JobOptions): Promise<RunningJob> {
  const { store: opening, watch } = here();
  const store = await opening;
  const giveBack = await claimBrowser();
  if (!giveBack) throw new Busy("another tab of this browser measures: go on there, or close it");
  try {
    const kept = await begun(store, bundle.sha256);
    const journal = new Journal(store, kept.job);
    await journal.judge(PAGE, leaving());
    const earlierS = await journal.lastBeganS();
    const places = bundle.content.job.runs.map((_, place) => place);
    const sending =
      session.results_url === null ? null : sendingOf(session.results_url, token, journal, heard);
    const driver = new Driver({
      making: {
        bundle,
        job: kept.job,
        started_at_ms: kept.started_at_ms,
        program_version: session.program_version,
        commit: session.commit,
        device: await deviceOf(),
        yardstick: YARDSTICK_VERSION,
        launch: "page",
      },
      journal,
      store,
      launcher: new WorkerLauncher((asked) => makeWorker(asked.accelerator)),
      watch,
      clock: { nowMs: () => performance.now(), epochMs: () => Date.now() },
      sending,
      listener: heard,
      effort: JOB_EFFORT,
      runtimes: session.runtimes,
      page: PAGE,
      earlierS,
    });
    const letScreenOff = keepScreenOn(watch);
    const waiting = new AbortController();
    const ended = driver.run().then(async (seen) => {
      letScreenOff();
      const state =
        seen.state === "running" || seen.state === "paused" || seen.state === "refused"
          ? "failed"
          : seen.state;
      await keepJob(store, { ...kept, state });
      giveBack();
      void sending?.flushPatiently(places, waiting.signal);
      return seen;
    });
    return { job: kept.job, cancel: () => driver.cancel(), ended };
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** Send what an earlier job of this bundle has left to send; nothing where there is none. */
export async function sendKept({ bundle, session, token, heard }: JobOptions): Promise<void> {
  const store = await here().store;
  const kept = await keptJob(store, bundle.sha256);
  if (!kept || kept.state === "running" || session.results_url === null) return;
  const sending = sendingOf(session.results_url, token, new Journal(store, kept.job), heard);
  await sending.flush(bundle.content.job.runs.map((_, place) => place));
}

/** Return all that was measured by the last job of this bundle, as one zip that `pocketseg device import` takes. */
export async function resultsZip(
  bundle: OpenBundle,
): Promise<{ readonly name: string; readonly blob: Blob }> {
  const store = await here().store;
  const kept = await keptJob(store, bundle.sha256);
  if (!kept) throw new Error("nothing was measured yet");
  const journal = new Journal(store, kept.job);
  const files = new Map<string, Uint8Array>();
  const text = new TextEncoder();
  const runs = bundle.content.job.runs.length;
  let finished = 0;
  for (let run = 0; run < runs; run += 1) {
    const record = await journal.record(run);
    if (record === null) continue;
    finished += 1;
    files.set(`${run}.json`, text.encode(record));
    for (const hash of mapsOf(record)) {
      const map = await journal.map(hash);
      if (map) files.set(`maps/${hash}.runs`, map);
    }
  }
  if (finished === 0) throw new Error("no file is finished yet");
  const isWhole = finished === runs;
  files.set(
    "progress.json",
    text.encode(
      writeProgress({
        job: kept.job,
        bundle: bundle.sha256,
        state: isWhole ? "finished" : "failed",
        run: isWhole ? runs : finished,
        runs,
        phase: "",
        reason: isWhole ? "" : "it ended before all files were measured",
      }),
    ),
  );
  const zip = writeArchive(files);
  return {
    name: `pocketseg-${kept.job.slice(0, 8)}.zip`,
    blob: new Blob([zip as Uint8Array<ArrayBuffer>], { type: "application/zip" }),
  };
}

/** Return the hashes of the class maps that a record names. */
export function mapsOf(record: string): string[] {
  const { bundle } = JSON.parse(record) as { bundle?: { photos?: readonly { map_sha256: string | null }[] } };
  const hashes = (bundle?.photos ?? []).map((photo) => photo.map_sha256);
  return [...new Set(hashes.filter((hash): hash is string => hash !== null))];
}

function sendingOf(url: string, token: string | null, journal: Journal, heard: SendingHeard): Sending {
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const maps = async (run: number) => mapsOf((await journal.record(run)) ?? "{}");
  return new Sending({ url, headers }, journal, maps, heard);
}

async function begun(store: Store, bundle: string): Promise<KeptJob> {
  const kept = await keptJob(store, bundle);
  if (kept?.state === "running") return kept;
  if (kept) await forget(store, kept.job);
  const job: KeptJob = { job: drawId(), bundle, started_at_ms: Date.now(), state: "running" };
  await keepJob(store, job);
  return job;
}

async function keptJob(store: Store, bundle: string): Promise<KeptJob | null> {
  const kept = (await store.get(`current/${bundle}`)) as KeptJob | undefined;
  return kept && typeof kept.job === "string" && Number.isFinite(kept.started_at_ms) ? kept : null;
}

async function keepJob(store: Store, job: KeptJob): Promise<void> {
  await store.put(`current/${job.bundle}`, job);
}

/** Make room: a new job of this bundle takes the place of the one before it. */
async function forget(store: Store, job: string): Promise<void> {
  await store.remove(await store.keys(`job/${job}/`));
}

function leaving(): string[] {
  try {
    const said: unknown = JSON.parse(localStorage.getItem(LEFT) ?? "[]");
    return Array.isArray(said) ? said.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function remember(name: string, value: readonly string[]): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing has no journal either
  }
}
