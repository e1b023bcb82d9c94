// What the page was given: session.json beside it says which bundle, where the runtimes lie, and who hears of results.

import { isSha256 } from "../contract/hashes";

/** `results_url`: null where nobody takes results: then they are saved as one zip. URLs end with a slash. */
export interface SessionFacts {
  readonly mode: "serve" | "static";
  readonly bundle: string;
  readonly bundle_url: string;
  readonly results_url: string | null;
  readonly runtimes: { readonly ort: string; readonly litert: string };
  readonly program_version: string;
  readonly commit: string | null;
}

const MOST_BYTES = 1 << 16;

/** Return the facts of a session.json, with URLs made whole against `base`. Throws Error with a sentence for people. */
export function readSession(text: string, base: string): SessionFacts {
  if (text.length > MOST_BYTES) throw new Error("session.json is larger than it can be");
  let said: Record<string, unknown>;
  try {
    said = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Error("session.json is no JSON: the page was not put together by PocketSeg");
  }
  const version = String(said?.schema_version ?? "");
  if (!version.startsWith("1."))
    throw new Error(`session.json is of version ${version}: open the link again`);
  const runtimes = (said.runtimes ?? {}) as Record<string, unknown>;
  const bundle = said.bundle;
  if (typeof bundle !== "string" || !isSha256(bundle)) throw new Error("session.json names no bundle");
  if (said.mode !== "serve" && said.mode !== "static") throw new Error("session.json names no mode");
  return {
    mode: said.mode,
    bundle,
    bundle_url: folder(said.bundle_url, "bundle_url", base),
    results_url: said.results_url === null ? null : folder(said.results_url, "results_url", base),
    runtimes: {
      ort: folder(runtimes.ort, "runtimes", base),
      litert: folder(runtimes.litert, "runtimes", base),
    },
    program_version: typeof said.program_version === "string" ? said.program_version : "0",
    commit: typeof said.commit === "string" ? said.commit : null,
  };
}

/** A folder of the page's own host: no other is ever asked for anything. */
function folder(value: unknown, name: string, base: string): string {
  if (typeof value !== "string" || !value.endsWith("/")) throw new Error(`session.json has no ${name}`);
  const url = new URL(value, base);
  if (url.origin !== new URL(base).origin) throw new Error(`session.json has a ${name} of another host`);
  return url.href;
}
