// What this connection and this browser take away, why, and the way out; pure, so that each case is a test.

import { step } from "./figures";
import type { Marked } from "./marks";

/** What the page found out about where it stands. */
export interface Here {
  readonly mode: "serve" | "static";
  readonly is_secure: boolean;
  readonly is_isolated: boolean;
  readonly has_shared_memory: boolean;
  /** `no adapter`: the browser has WebGPU, and gave no graphics processor when it was asked for one. */
  readonly gpu: "there" | "no adapter" | "none";
  readonly has_wake_lock: boolean;
  readonly has_camera: boolean;
  readonly clock_step_ms: number | null;
  /** Threads that the bundle's job asks for at most, and whether it asks for the GPU. */
  readonly threads_asked: number;
  readonly is_gpu_asked: boolean;
}

/** One thing that is not there. `instead`: what that means here, or what to do without it. */
export interface Loss {
  readonly what: string;
  readonly why: string;
  readonly instead: string | null;
}

export interface Connection {
  readonly title: string;
  readonly chips: readonly Marked[];
  readonly losses: readonly Loss[];
  /** What gives most of it back at once; null where nothing does. */
  readonly way_out: string | null;
  readonly fine: string;
}

// Of samples a page times, a step up to this is fine without batches (20 µs, what an isolated page gets).
const FINE_STEP_MS = 0.025;

/** Return what is lost here, worst first, and what is fine. */
export function connectionOf(here: Here): Connection {
  const losses = [camera(here), wakeLock(here), threads(here), gpu(here), clock(here)].filter(
    (loss): loss is Loss => loss !== null,
  );
  return {
    title: here.is_secure
      ? here.is_isolated
        ? losses.length === 0
          ? "Nothing is held back"
          : "Secure and isolated"
        : "Secure, not isolated"
      : "Plain http",
    chips: [
      here.is_secure
        ? { mark: "good", text: "Secure connection" }
        : { mark: "doubtful", text: "Plain http, not secure" },
      has(here.is_isolated && here.has_shared_memory, "Threads", "1 thread"),
      has(here.has_camera, "Camera", "No camera"),
      has(here.has_wake_lock, "Keeps the screen on", "Screen may turn off"),
      has(here.gpu === "there", "WebGPU", "No WebGPU"),
    ],
    losses,
    way_out: losses.length === 0 ? null : wayOut(here),
    fine:
      losses.length === 0
        ? "Threads, camera, a screen that stays on, WebGPU and a fine clock are all here."
        : "Everything else works: files are checked and timed, masks are compared, and your own photos are segmented here.",
  };
}

function has(there: boolean, yes: string, no: string): Marked {
  return there ? { mark: "good", text: yes } : { mark: "doubtful", text: no };
}

const PLAIN = "Browsers allow it on secure pages alone, and this page came over plain http.";

/** What to start in place of this connection. */
function wayOut(here: Here): string | null {
  if (!here.is_secure)
    return here.mode === "serve"
      ? "On the computer, end `pocketseg serve` and start it with `--lan --tls`, or with `--adb` for an Android phone on a cable."
      : "Open this page from a host with https.";
  if (here.is_isolated || here.mode === "serve") return null;
  return "Let its host send the headers that `pocketseg export-page` wrote beside the page.";
}

function camera(here: Here): Loss | null {
  if (here.has_camera) return null;
  if (!here.is_secure)
    return { what: "No live camera", why: PLAIN, instead: "Take a photo in its place: that works." };
  return {
    what: "No live camera",
    why: "This browser gives no page a camera, or this device has none.",
    instead: null,
  };
}

function wakeLock(here: Here): Loss | null {
  if (here.has_wake_lock) return null;
  return {
    what: "The screen may turn off",
    why: here.is_secure ? "This browser lets no page keep the screen on." : PLAIN,
    instead: "Keep it on yourself while it measures: what is measured on a dark screen is thrown away.",
  };
}

function threads(here: Here): Loss | null {
  if (here.is_isolated && here.has_shared_memory) return null;
  return {
    what: "One thread",
    why: !here.is_secure
      ? "Threads need memory that workers share, and browsers give that to secure pages alone."
      : here.is_isolated
        ? "This browser has no memory that workers share."
        : "This page is not isolated from others, and only isolated pages get memory that workers share.",
    instead:
      here.threads_asked > 1
        ? `${here.threads_asked} threads were asked for: times are longer, and the record says why.`
        : null,
  };
}

function gpu(here: Here): Loss | null {
  if (here.gpu === "there") return null;
  return {
    what: "No WebGPU",
    why:
      here.gpu === "no adapter"
        ? "This browser has it, but gave this page no graphics processor."
        : here.is_secure
          ? "This browser does not have it, or has it turned off."
          : PLAIN,
    instead: here.is_gpu_asked ? "Runs that ask for it are refused, and say so." : null,
  };
}

function clock(here: Here): Loss | null {
  if (here.clock_step_ms === null || here.clock_step_ms <= FINE_STEP_MS) return null;
  return {
    what: `A coarser clock: steps of ${step(here.clock_step_ms)}`,
    why: here.is_isolated
      ? "This browser makes every page's clock coarser."
      : "Browsers make the clock coarser where a page is not isolated.",
    instead:
      "Short runs are timed several at once: each time is their mean, so how far single runs spread is not known.",
  };
}
