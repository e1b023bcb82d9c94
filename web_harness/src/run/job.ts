// Jobs of this page: begin one or go on with it, know of one that was left, and put its results into one zip.

import { drawId } from "../contract/hashes";
import { YARDSTICK_VERSION } from "../method/yardstick";
import { Driver } from "./driver";
import { JOB_EFFORT } from "./effort";
import { Journal, type KeptJob } from "./journal";
import { begun, keepJob, keptJob } from "./kept_jobs";
import { WorkerLauncher } from "./launcher";
import { claimBrowser } from "./only_tab";
import type { OpenBundle } from "./open_bundle";
import { deviceOf } from "./page_device";
import { reachOf } from "./reach";
import { mapsOf, zipOf } from "./results_zip";
import type { Listener, RunningJob } from "./seen";
import { Sending, type SendingHeard } from "./sending";
import type { SessionFacts } from "./session";
import { openStore, type Sturdy } from "./store";
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
let page: { readonly store: Promise<Sturdy>; readonly watch: Watch } | null = null;

function here(): { readonly store: Promise<Sturdy>; readonly watch: Watch } {
  if (!page) {
    page = { store: openStore(), watch: watchPage() };
    // said good-bye: a step that was cut short by that says nothing against its file
    addEventListener("pagehide", sayGoodBye);
  }
  return page;
}

function sayGoodBye(): void {
  remember(LEFT, [...leaving(), PAGE].slice(-50));
}

/** Whether a job of this bundle was begun here, by this version of the page, and not ended. */
export async function hasUnfinished(session: SessionFacts): Promise<boolean> {
  return (await keptJob(await here().store, session))?.state === "running";
}

/** Return what this browser keeps of this page, and call `lost` once that ends, as where its disk is full. */
export async function keepsResults(lost: () => void): Promise<boolean> {
  const store = await here().store;
  store.onLost(lost);
  return store.lasts;
}

/** Return the last job of this bundle that ended here, and its journal; null where there is none. */
export async function lastEnded(
  session: SessionFacts,
): Promise<{ readonly kept: KeptJob; readonly journal: Journal } | null> {
  const store = await here().store;
  const kept = await keptJob(store, session);
  return kept && kept.state !== "running" ? { kept, journal: new Journal(store, kept.job) } : null;
}

/** Begin a job, or go on with one of this bundle that was not ended. Throws Busy where another tab measures. */
export async function startJob({ bundle, session, token, heard }: JobOptions): Promise<RunningJob> {
  const { store: opening, watch } = here();
  const store = await opening;
  let handOver = (): void => undefined;
  const giveBack = await claimBrowser(() => handOver());
  if (!giveBack) throw new Busy("another tab of this browser measures: go on there, or close it");
  try {
    const kept = await begun(store, bundle, session);
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
      reach: reachOf(new URL("session.json", document.baseURI).href),
      clock: { nowMs: () => performance.now(), epochMs: () => Date.now() },
      sending,
      listener: heard,
      effort: JOB_EFFORT,
      runtimes: session.runtimes,
      page: PAGE,
      earlierS,
    });
    const letScreenOff = keepScreenOn(watch);
    let isHandedOver = false;
    handOver = () => {
      if (watch.isVisible()) return;
      isHandedOver = true;
      sayGoodBye();
      driver.leave();
    };
    const ended = driver
      .run()
      .then(async (seen) => {
        if (isHandedOver) return seen;
        const isOver = seen.state === "finished" || seen.state === "cancelled";
        await keepJob(store, {
          ...kept,
          state: isOver ? (seen.state as "finished" | "cancelled") : "failed",
        });
        return seen;
      })
      .finally(() => {
        letScreenOff();
        giveBack();
        if (!isHandedOver) void sending?.flushPatiently(places, new AbortController().signal);
      });
    return { job: kept.job, cancel: () => driver.cancel(), ended };
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** Return all that was measured by the last job of this bundle, as one zip that `pocketseg device import` takes. */
export async function resultsZip(
  bundle: OpenBundle,
  session: SessionFacts,
): Promise<{ readonly name: string; readonly blob: Blob }> {
  const store = await here().store;
  const kept = await keptJob(store, session);
  if (!kept) throw new Error("nothing was measured yet");
  return zipOf(bundle, new Journal(store, kept.job));
}

/** Send what an earlier job of this bundle has left to send; nothing where there is none. */
export async function sendKept({ bundle, session, token, heard }: JobOptions): Promise<void> {
  const store = await here().store;
  const kept = await keptJob(store, session);
  if (!kept || kept.state === "running" || session.results_url === null) return;
  const sending = sendingOf(session.results_url, token, new Journal(store, kept.job), heard);
  await sending.flush([...bundle.content.job.runs.keys()]);
}

function sendingOf(url: string, token: string | null, journal: Journal, heard: SendingHeard): Sending {
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const maps = async (run: number) => mapsOf((await journal.record(run)) ?? "{}");
  return new Sending({ url, headers }, journal, maps, heard);
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
