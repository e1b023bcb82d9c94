// The parts of the page as they are: the files beside it, the runtimes in workers, the job, the browser's storage.

import { BundleRefused } from "../contract/faults";
import { decodePhoto } from "../pixels/decode";
import { Busy, hasUnfinished, keepsResults, resultsZip, sendKept, startJob } from "../run/job";
import { openLooker } from "../run/looker";
import { fetchBundle, LinkOver, type OpenBundle, Unreachable } from "../run/open_bundle";
import { readSession, type SessionFacts } from "../run/session";
import { tellKept } from "./kept_job";
import { takeToken, tokenIn } from "./link";
import { PageFault } from "./page_faults";
import type { Parts } from "./parts";

/** Return what this page was given. Throws PageFault. */
export async function connect(): Promise<Parts> {
  const { token, isReload } = takeToken();
  // a new link to the same page changes what follows the # alone, for which no browser loads it again
  addEventListener("hashchange", () => tokenIn(location.hash) !== null && location.reload());
  const session = await sessionBeside();
  if (session.mode === "serve" && token === null) throw new PageFault("no token");
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  let whole: OpenBundle | null = null;
  const opened = () => {
    if (whole === null) throw new Error("the bundle is not open yet");
    return whole;
  };
  return {
    session,
    isReload,
    keepsResults,
    async open(heard) {
      whole = await asFault(fetchBundle({ url: session.bundle_url, sha256: session.bundle, headers, heard }));
      return whole;
    },
    hasUnfinished: () => hasUnfinished(session),
    sendKept: (heard) => sendKept({ bundle: opened(), session, token, heard }),
    tellKept: (heard) => tellKept(session, opened(), heard),
    start: (heard) => asFault(startJob({ bundle: opened(), session, token, heard })),
    resultsZip: () => resultsZip(opened(), session),
    openLooker: (artifact) => openLooker(opened(), artifact, session.runtimes),
    decode: decodePhoto,
  };
}

async function sessionBeside(): Promise<SessionFacts> {
  let text: string;
  try {
    const response = await fetch("session.json", { cache: "no-store" });
    if (!response.ok) throw new PageFault("no session", `session.json: the answer was ${response.status}`);
    text = await response.text();
  } catch (error) {
    if (error instanceof PageFault) throw error;
    throw new PageFault("server gone");
  }
  try {
    return readSession(text, document.baseURI);
  } catch (error) {
    throw new PageFault("no session", error instanceof Error ? error.message : "");
  }
}

/** Say which of the page's faults an error is; others stay what they are. */
async function asFault<T>(wanted: Promise<T>): Promise<T> {
  try {
    return await wanted;
  } catch (error) {
    if (error instanceof LinkOver) throw new PageFault("link over");
    if (error instanceof Unreachable) throw new PageFault("server gone", error.message);
    if (error instanceof Busy) throw new PageFault("other tab");
    if (error instanceof BundleRefused)
      throw new PageFault(
        error.fault === "other-version" ? "other version" : "bundle damaged",
        error.message,
      );
    throw error;
  }
}
