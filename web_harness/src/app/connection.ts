// What this connection and this browser take away, why, and the way out; pure, so that each case is a test.

import { step } from "./figures";
import type { Marked } from "./marks";

/** What the page found out about where it stands. */
export interface Here {
  readonly mode: "serve" | "static";
  readonly is_secure: boolean;
  readonly is_isolated: boolean;
  readonly has_shared_memory: boolean;
  readonly has_gpu: boolean;
  readonly has_wake_lock: boolean;
  readonly has_camera: boolean;
  readonly clock_step_ms: number | null;
  /** Threads that the bundle's job asks for at most, and whether it asks for the GPU. */
  readonly threads_asked: number;
  readonly is_gpu_asked: boolean;
}

/** One thing that is not there. */
export interface Loss {
  readonly what: string;
  readonly why: string;
  readonly way_out: string | null;
}

export interface Connection {
  readonly title: string;
  readonly chips: readonly Marked[];
  readonly losses: readonly Loss[];
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
        ? "Nothing is held back"
        : "Secure, not isolated"
      : "Plain http",
    chips: [
      here.is_secure
        ? { mark: "good", text: "Secure connection" }
        : { mark: "doubtful", text: "Plain http, not secure" },
      has(here.is_isolated && here.has_shared_memory, "Threads", "1 thread"),
      has(here.has_camera, "Camera", "No camera"),
      has(here.has_wake_lock, "Keeps the screen on", "Screen may turn off"),
      has(here.has_gpu, "WebGPU", "No WebGPU"),
    ],
    losses,
    fine:
      losses.length === 0
        ? "Threads, camera, screen lock, WebGPU and a fine clock are all here."
        : "Everything else works: files are checked and timed, masks are compared, and your own photos are segmented here.",
  };
}

function has(there: boolean, yes: string, no: string): Marked {
  return there ? { mark: "good", text: yes } : { mark: "doubtful", text: no };
}

const PLAIN = "Browsers allow it on secure pages alone, and this page came over plain http.";

/** What to start in place of this connection. */
function secureWay(here: Here): string {
  return here.mode === "serve"
    ? "On the computer, end this and start `pocketseg serve --lan --tls`, or `--adb` for an Android phone on a cable."
    : "Open this page from a host with https.";
}

function isolatedWay(here: Here): string | null {
  if (!here.is_secure) return secureWay(here);
  return here.mode === "static"
    ? "Its host has to send the headers that `pocketseg export-page` wrote beside the page."
    : null;
}

function camera(here: Here): Loss | null {
  if (here.has_camera) return null;
  if (!here.is_secure)
    return {
      what: "No live camera",
      why: PLAIN,
      way_out: `${secureWay(here)} Until then, take a photo below: that works.`,
    };
  return {
    what: "No live camera",
    why: "This browser gives no page a camera, or this device has none.",
    way_out: null,
  };
}

function wakeLock(here: Here): Loss | null {
  if (here.has_wake_lock) return null;
  const by_hand =
    "Keep the screen on yourself while it measures: what is measured on a dark screen is thrown away.";
  return here.is_secure
    ? {
        what: "The screen may turn off",
        why: "This browser lets no page keep the screen on.",
        way_out: by_hand,
      }
    : { what: "The screen may turn off", why: PLAIN, way_out: `${by_hand} Or: ${secureWay(here)}` };
}

function threads(here: Here): Loss | null {
  if (here.is_isolated && here.has_shared_memory) return null;
  const asked =
    here.threads_asked > 1
      ? ` ${here.threads_asked} were asked for; times are slower, and the record says so.`
      : "";
  const why = !here.is_secure
    ? "Threads need memory that workers share, and browsers give that to secure pages alone."
    : here.is_isolated
      ? "This browser has no memory that workers share."
      : "This page is not isolated from others, and only isolated pages get memory that workers share.";
  return { what: "One thread", why: why + asked, way_out: here.is_isolated ? null : isolatedWay(here) };
}

function gpu(here: Here): Loss | null {
  if (here.has_gpu) return null;
  const asked = here.is_gpu_asked ? " Runs that ask for it are refused, and say so." : "";
  return here.is_secure
    ? {
        what: "No WebGPU",
        why: `This browser does not have it, or has it turned off.${asked}`,
        way_out: null,
      }
    : { what: "No WebGPU", why: PLAIN + asked, way_out: secureWay(here) };
}

function clock(here: Here): Loss | null {
  if (here.clock_step_ms === null || here.clock_step_ms <= FINE_STEP_MS) return null;
  return {
    what: `A coarser clock (steps of ${step(here.clock_step_ms)})`,
    why: here.is_isolated
      ? "This browser makes its clock coarser. Short runs are timed in batches, so their spread is not known."
      : "Browsers make the clock coarser where a page is not isolated. Short runs are timed in batches, so their spread is not known.",
    way_out: here.is_isolated ? null : isolatedWay(here),
  };
}
